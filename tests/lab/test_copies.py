"""What a learner writes is theirs: an update of the course never takes it away."""

from __future__ import annotations

import json
import subprocess
from datetime import date
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

import eventsourcing_kit as es
from eventsourcing_kit.lab.copies import prepare, take

DAY = date(2026, 3, 1)
ROOT = Path(__file__).parents[2]


class Course:
    """A course of two chapters in a folder, and a learner's copies beside it."""

    def __init__(self, folder: Path) -> None:
        self.chapters, self.own = folder / "notebooks", folder / "my_notebooks"
        self.chapters.mkdir()
        self.publish("03_store.ipynb", "first edition")
        self.publish("04_replay.ipynb", "first edition")

    def publish(self, name: str, text: str) -> None:
        nbformat.write(new_notebook(cells=[new_markdown_cell(text)]), self.chapters / name)

    def write(self, name: str, answer: str) -> None:
        """A learner answers, and JupyterLab saves."""
        notebook = nbformat.read(self.own / name, as_version=4)
        notebook.cells.append(new_markdown_cell(answer))
        nbformat.write(notebook, self.own / name)

    def text(self, name: str) -> str:
        return "\n".join(c.source for c in nbformat.read(self.own / name, as_version=4).cells)


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return Course(tmp_path)


def test_the_first_time_every_chapter_is_copied(course: Course) -> None:
    assert len(prepare(course.chapters, course.own).written) == 2
    assert course.text("03_store.ipynb") == "first edition"


def test_the_second_time_nothing_is_written(course: Course) -> None:
    prepare(course.chapters, course.own)
    before = {path: path.stat().st_mtime_ns for path in course.own.glob("*.ipynb")}
    prepared = prepare(course.chapters, course.own)
    assert (prepared.written, prepared.waiting) == ((), ())
    assert {path: path.stat().st_mtime_ns for path in course.own.glob("*.ipynb")} == before


def test_an_update_renews_what_nobody_has_touched(course: Course) -> None:
    prepare(course.chapters, course.own)
    course.publish("03_store.ipynb", "second edition")
    assert prepare(course.chapters, course.own).waiting == ()
    assert course.text("03_store.ipynb") == "second edition"


def test_an_update_leaves_what_was_written_and_offers_the_new_edition(course: Course) -> None:
    prepare(course.chapters, course.own)
    course.write("03_store.ipynb", "my answer")
    for _ in range(2):  # it is offered as long as it is not taken
        course.publish("03_store.ipynb", "second edition")
        assert prepare(course.chapters, course.own).waiting == ("03_store.ipynb",)
        assert course.text("03_store.ipynb") == "first edition\nmy answer"


def test_without_an_update_nothing_is_offered(course: Course) -> None:
    prepare(course.chapters, course.own)
    course.write("03_store.ipynb", "my answer")
    assert prepare(course.chapters, course.own).waiting == ()


def test_a_new_edition_that_is_taken_stands_beside_ones_own(course: Course) -> None:
    prepare(course.chapters, course.own)
    for edition, answer in (("second", "my answer"), ("third", "another answer")):
        course.write("03_store.ipynb", answer)
        course.publish("03_store.ipynb", f"{edition} edition")
        copy, kept = take("03", course.chapters, course.own, DAY)
        assert course.text(copy.name) == f"{edition} edition"
        assert answer in course.text(kept.name)
    assert prepare(course.chapters, course.own).waiting == ()
    assert len(list(course.own.glob("03_store.mine-2026-03-01*.ipynb"))) == 2


def test_a_chapter_that_there_is_not_is_refused(course: Course) -> None:
    with pytest.raises(es.InvalidInput, match="none of 03, 04"):
        take("05", course.chapters, course.own, DAY)


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"03_store.ipynb": 7}'])
def test_a_lost_record_costs_no_answer(course: Course, damage: str) -> None:
    prepare(course.chapters, course.own)
    course.write("03_store.ipynb", "my answer")
    (course.own / ".editions.json").write_text(damage)
    prepare(course.chapters, course.own)
    assert "my answer" in course.text("03_store.ipynb")


def test_a_copy_removed_is_made_anew(course: Course) -> None:
    prepare(course.chapters, course.own)
    (course.own / "03_store.ipynb").unlink()
    prepare(course.chapters, course.own)
    assert course.text("03_store.ipynb") == "first edition"


def test_a_new_chapter_arrives(course: Course) -> None:
    prepare(course.chapters, course.own)
    course.publish("05_time.ipynb", "first edition")
    assert [path.name for path in prepare(course.chapters, course.own).written] == ["05_time.ipynb"]


def test_a_copy_names_the_python_that_runs_it_so_opening_changes_nothing(course: Course) -> None:
    from ipykernel.ipkernel import IPythonKernel

    prepare(course.chapters, course.own)
    copy = json.loads((course.own / "03_store.ipynb").read_text())
    assert copy["metadata"]["language_info"] == IPythonKernel.language_info


def test_the_links_and_data_paths_of_the_chapters_lead_to_the_same_places(tmp_path: Path) -> None:
    """The copies' folder is the chapters' neighbour, so `..` is the same folder."""
    own = tmp_path / "my_notebooks"
    prepare(ROOT / "notebooks", own)
    assert own.parent / "data" == tmp_path / "data"
    names = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert {path.name for path in own.glob("*.ipynb")} == names
    assert (own / "images").is_dir() == (ROOT / "notebooks" / "images").is_dir()


def test_git_sees_nothing_of_what_a_learner_writes(tmp_path: Path) -> None:
    """After an update that changes the chapter, both the answers and the update are there."""
    course = Course(tmp_path)

    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
        command = ["git", *identity, *arguments]
        done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
        return done.stdout

    (tmp_path / ".gitignore").write_text((ROOT / ".gitignore").read_text())
    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-qm", "first")
    git("checkout", "-qb", "learner")
    prepare(course.chapters, course.own)
    course.write("03_store.ipynb", "my answer")
    assert git("status", "--porcelain") == ""
    git("checkout", "-q", "main")
    course.publish("03_store.ipynb", "second edition")
    git("commit", "-qam", "second")
    git("checkout", "-q", "learner")
    git("merge", "-q", "main")
    assert prepare(course.chapters, course.own).waiting == ("03_store.ipynb",)
    assert course.text("03_store.ipynb") == "first edition\nmy answer"
    copy, kept = take("03", course.chapters, course.own, DAY)
    assert course.text(copy.name) == "second edition"
    assert "my answer" in course.text(kept.name)
