from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import platformdirs
import pytest

import eventsourcing_kit as es
from eventsourcing_kit import journal, progress
from eventsourcing_kit.journal.marks import SIGNS, sign_html
from eventsourcing_kit.journal.standing import standings, stream_of
from eventsourcing_kit.progress.course_map import CourseMap, draw
from eventsourcing_kit.progress.history import history
from tests.progress.learner import at, course, exercise, happened

STORY = happened(
    (1, "fold", "ExerciseAttempted"),
    (1, "fold", "ExerciseSolved"),
    (1, "decide", "HintTaken", {"number": 1}),
    (4, "evolve", "SolutionShown"),
    (4, "evolve", "ExerciseSolved"),
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A learner who has just begun, on a course of two chapters."""
    monkeypatch.setenv("EVENTSOURCING_KIT_HOME", str(tmp_path))
    monkeypatch.setattr(es.exercises, "chapters", course)
    return tmp_path


def told(type_: str, chapter: int, exercise: str, **more: object) -> None:
    data = {"chapter": chapter, "exercise": exercise, **more}
    journal.record(type_, data, stream_of(chapter, exercise))


class TestWhereItIsKept:
    def test_never_in_the_users_own_folder_under_pytest(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.undo()  # back to what every test and notebook runs with
        real = Path(platformdirs.user_data_dir("eventsourcing_kit", appauthor=False))
        kept = journal.path().resolve()
        assert not kept.is_relative_to(real.resolve())
        assert kept.is_relative_to(Path(tempfile.gettempdir()).resolve())
        assert os.environ["EVENTSOURCING_KIT_HOME"]  # and what they start inherits it

    def test_in_the_folder_that_the_environment_names(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        told("ExerciseSolved", 4, "evolve")
        assert journal.path() == home / "progress.jsonl"
        assert journal.path().exists()
        monkeypatch.setenv("EVENTSOURCING_KIT_HOME", str(home / "new"))
        assert progress.solved() == []

    def test_else_in_the_users_data_folder(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for unset in ("", None):
            if unset is None:
                monkeypatch.delenv("EVENTSOURCING_KIT_HOME")
            else:
                monkeypatch.setenv("EVENTSOURCING_KIT_HOME", unset)
            folder = platformdirs.user_data_dir("eventsourcing_kit", appauthor=False)
            assert journal.path() == Path(folder) / "progress.jsonl"


class TestRecording:
    def test_is_found_by_the_next_kernel(self, home: Path) -> None:
        program = (
            "import eventsourcing_kit as es\n"
            "es.journal.record('ExerciseSolved', {}, 'exercise-4-evolve')\n"
        )
        subprocess.run([sys.executable, "-c", program], check=True)
        assert progress.solved() == [(4, "evolve")]

    def test_what_waits_at_the_end_of_a_kernel_is_written_then(self, home: Path) -> None:
        program = (
            "import sys, eventsourcing_kit as es\n"
            "from pathlib import Path\n"
            "home = Path(sys.argv[1]) / 'later'\n"
            "home.write_text('in the way')\n"
            "es.journal.record('ExerciseSolved', {}, 'exercise-4-evolve')\n"
            "assert es.journal.trouble()\n"
            "home.unlink()\n"
        )
        later = home / "later"
        environment = os.environ | {"EVENTSOURCING_KIT_HOME": str(later)}
        command = [sys.executable, "-c", program, str(home)]
        subprocess.run(command, env=environment, check=True)
        assert "ExerciseSolved" in (later / "progress.jsonl").read_text()

    def test_other_kinds_of_events_have_streams_of_their_own(self) -> None:
        journal.record("CardRated", {"rating": 3}, "card-12")
        assert [event.stream_id for event in journal.events()] == ["card-12"]
        assert progress.state() == {}

    def test_never_raises_and_says_what_is_wrong(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (home / "file").write_text("")
        monkeypatch.setenv("EVENTSOURCING_KIT_HOME", str(home / "file"))
        told("ExerciseSolved", 4, "evolve")
        assert progress.solved() == [(4, "evolve")]
        assert "not saved yet" in journal.trouble()
        assert journal.trouble() in repr(progress.show())

    def test_never_raises_for_a_malformed_event(self) -> None:
        journal.record("", {}, "exercise-4-evolve")
        told("HintTaken", 4, "evolve", number={1})
        assert "cannot be kept" in journal.trouble()

    def test_never_raises_in_a_folder_that_is_gone(self, tmp_path: Path) -> None:
        program = (
            "import os, sys, eventsourcing_kit as es\n"
            "os.chdir(sys.argv[1]); os.rmdir(sys.argv[1])\n"
            "es.journal.record('ExerciseSolved', {}, 'exercise-4-evolve')\n"
            "assert es.progress.solved() == [(4, 'evolve')]\n"
            "assert 'not saved yet' in es.journal.trouble()\n"
        )
        for name in ("relative", "~nobody-of-this-name/home"):
            gone = tmp_path / "gone"
            gone.mkdir()
            environment = os.environ | {"EVENTSOURCING_KIT_HOME": name}
            command = [sys.executable, "-c", program, str(gone)]
            subprocess.run(command, env=environment, check=True)

    def test_stays_in_its_folder_when_the_kernel_moves_to_another(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        elsewhere = home / "elsewhere"
        elsewhere.mkdir()
        monkeypatch.chdir(home)
        monkeypatch.setenv("EVENTSOURCING_KIT_HOME", f"kept-by-{home.name}")
        told("ExerciseSolved", 4, "evolve")
        monkeypatch.chdir(elsewhere)
        told("ExerciseSolved", 1, "fold")
        assert progress.solved() == [(4, "evolve"), (1, "fold")]
        assert list(elsewhere.iterdir()) == []

    def test_is_what_an_exercise_does(self) -> None:
        one = next(iter(course()[1]))
        one.hint()
        one.solution()
        standing = progress.state()[4, "evolve"]
        assert (standing.hints, standing.solution_seen) == (1, True)


class TestAsking:
    def test_which_are_solved_in_their_order(self) -> None:
        told("ExerciseSolved", 4, "evolve")
        told("ExerciseAttempted", 1, "decide", recognised=None)
        told("ExerciseSolved", 1, "fold")
        assert progress.solved() == [(4, "evolve"), (1, "fold")]
        assert progress.solved(1) == [(1, "fold")]
        assert progress.solved(2) == []

    def test_as_of_a_moment(self) -> None:
        told("ExerciseAttempted", 4, "evolve", recognised=1)
        told("ExerciseSolved", 4, "evolve")
        first, second = journal.events()
        assert progress.state(first.occurred_at)[4, "evolve"].mark == "begun"
        assert progress.state(second.occurred_at) == progress.state()
        assert progress.show(first.occurred_at).solved == 0
        assert progress.show(second.occurred_at).solved == 1

    def test_a_time_without_a_zone_is_refused(self) -> None:
        for ask in (progress.state, progress.show):
            with pytest.raises(es.InvalidInput, match="time zone"):
                ask(datetime(2025, 3, 10))  # noqa: DTZ001

    def test_with_sql_and_everything_else_of_the_kit(self) -> None:
        with journal.store() as empty:
            assert empty.position() == 0
        told("ExerciseAttempted", 4, "evolve", recognised=1)
        told("ExerciseSolved", 1, "fold")
        with journal.store() as store:
            assert store.read_all() == journal.events()
            counts = store.sql("SELECT type, count(*) AS n FROM events GROUP BY type ORDER BY type")
            assert counts["n"].tolist() == [1, 1]


class TestTheMap:
    def test_as_text(self) -> None:
        assert repr(draw(course(), standings(STORY))) == (
            "2 of 4 exercises solved\n"
            "   1  Events or rows         ✓ ◐ ○  1 of 3\n"
            "   4  Aggregates and replay  ◆      1 of 1\n"
            "  16  The interview room; nothing asked yet\n"
            "Next: 1.2 A title (5 minutes), in 01 Events or rows\n"
            "✓ solved   ◆ solved after seeing the solution   ◐ begun   ○ not tried"
        )

    def test_says_as_of_when_and_what_is_wrong(self) -> None:
        shown = draw(course(), {}, at=at(3), trouble="The file is gone. <Restart>")
        assert repr(shown).startswith("0 of 4 exercises solved, as of 2025-03-10 09:03:00 UTC\n")
        assert repr(shown).endswith("\nThe file is gone. <Restart>")
        assert "The file is gone. &lt;Restart&gt;" in shown._repr_html_()

    def test_marks_differ_by_their_shapes(self) -> None:
        assert len(set(SIGNS.values())) == len(SIGNS) == 4

    def test_what_costs_something_is_not_the_loudest_mark(self) -> None:
        assert "bold" in sign_html("solved")
        for mark in ("solved after seeing the solution", "begun", "not tried"):
            assert "bold" not in sign_html(mark)

    def test_as_a_list_for_eyes_and_screen_readers(self) -> None:
        shown = ElementTree.fromstring(draw(course(), standings(STORY))._repr_html_())
        assert shown.findtext("strong") == "2 of 4 exercises solved"
        chapters = shown.findall("ul/li/details")
        assert [one.findtext("summary/a") for one in chapters] == [
            "01 Events or rows",
            "04 Aggregates and replay",
        ]
        assert ["".join(one.find("summary").itertext()) for one in chapters] == [  # type: ignore[union-attr]
            "01 Events or rows, 1 of 3 ✓◐○",
            "04 Aggregates and replay, 1 of 1 ◆",
        ]
        assert {one.get("aria-hidden") for one in shown.iter("span") if one.text} <= {"true", None}

    def test_tells_the_title_of_each_exercise_and_more(self) -> None:
        shown = ElementTree.fromstring(draw(course(), standings(STORY))._repr_html_())
        assert ["".join(one.itertext()) for one in shown.iterfind("ul/li/details/ul/li")] == [
            "✓ 1.1 A title: solved, 2 answers checked",
            "◐ 1.2 A title: begun, 1 hint",
            "○ 1.3 A title: not tried",
            "◆ 4.1 Fold the balance: solved after seeing the solution, 1 answer checked",
        ]

    def test_links_each_chapter_the_room_and_what_is_next(self) -> None:
        shown = ElementTree.fromstring(draw(course(), standings(STORY))._repr_html_())
        links = [one.get("href") for one in shown.iter("a")]
        notebooks = Path(__file__).parents[2] / "notebooks"
        assert links == [
            "01_events_or_rows.ipynb",  # what is next, which was begun
            "01_events_or_rows.ipynb",
            "04_aggregates_and_replay.ipynb",
            "16_interview_room.ipynb",
        ]
        assert all((notebooks / str(link)).is_file() for link in links)

    def test_what_is_next_is_what_was_begun_else_what_is_open_else_the_room(self) -> None:
        begun = happened((4, "evolve", "HintTaken", {"number": 1}))
        assert "Next: 4.1 Fold the balance (5 minutes)" in repr(draw(course(), standings(begun)))
        assert "Next: 1.1 A title (5 minutes)" in repr(draw(course(), {}))
        names = [(chapter.number, one.name) for chapter in course() for one in chapter]
        done = happened(*((*name, "ExerciseSolved") for name in names))
        assert "Next: all is solved; 16 The interview room goes on." in repr(
            draw(course(), standings(done))
        )

    def test_knows_what_was_done_in_the_interview_room(self) -> None:
        journal.record("CardRated", {"rating": 3}, "card-12")
        journal.record("CardRated", {"rating": 4}, "card-12")
        journal.record("BugSought", {"right": False}, "card-bug-1")
        journal.record("RepairTried", {"right": True}, "incident-1")
        journal.record("BuildFinished", {"passed": 3}, "build-1")
        journal.record("MockFinished", {}, "mock-1")
        told = (
            "cards asked: 1, incidents repaired: 1, live builds ended: 1, mock interviews held: 1"
        )
        assert f"The interview room; {told}" in repr(progress.show())
        assert told in progress.show()._repr_html_()
        first = journal.events()[0].occurred_at
        assert "The interview room; cards asked: 1\n" in repr(progress.show(first))

    def test_escapes_what_it_is_given(self) -> None:
        odd = "<b>\"&'</b>"
        chapter = es.exercises.Chapter(1, odd, "none", (exercise(odd, odd),))
        shown = ElementTree.fromstring(draw([chapter], {})._repr_html_())
        assert shown.findtext(".//summary/a") == f"01 {odd}"
        assert shown.find(".//b") is None

    def test_of_a_course_without_chapters(self) -> None:
        assert repr(CourseMap(())).startswith("0 of 0 exercises solved")

    def test_leaves_out_what_the_course_no_longer_has(self) -> None:
        told("ExerciseSolved", 9, "renamed")
        assert progress.show().solved == 0
        assert progress.solved() == [(9, "renamed")]

    def test_of_the_real_course(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.undo()
        monkeypatch.setenv("EVENTSOURCING_KIT_HOME", str(journal.path().parent / "empty"))
        shown = progress.show()
        assert [row.number for row in shown.rows] == [
            chapter.number for chapter in es.exercises.chapters()
        ]
        assert shown.solved == 0


class TestTimeTravel:
    def test_the_history_has_the_map_after_each_event(self) -> None:
        past = history(course(), STORY)
        assert [(s.solved, s.chapter_01, s.chapter_04) for s in map(past.at, range(6))] == [
            (0, "○ ○ ○", "○"),
            (0, "◐ ○ ○", "○"),
            (1, "✓ ○ ○", "○"),
            (1, "✓ ◐ ○", "○"),
            (1, "✓ ◐ ○", "◐"),
            (2, "✓ ◐ ○", "◆"),
        ]

    def test_other_events_are_no_part_of_it(self) -> None:
        told("ExerciseSolved", 4, "evolve")
        journal.record("CardRated", {"rating": 3}, "card-12")
        assert len(history(course(), journal.events()).events) == 1

    def test_under_a_slider(self) -> None:
        told("ExerciseAttempted", 1, "fold", recognised=None)
        told("ExerciseSolved", 1, "fold")
        slider = progress.travel()
        assert (slider.index, slider.balance) == (2, 1)
        slider.index = 1
        assert slider.balance == 0
        assert "chapter_01" in slider.picture()

    def test_before_anything_was_tried(self) -> None:
        assert progress.travel().balance == 0


LIGHT = {"atexit", "html", "threading"}


def test_it_adds_little_to_the_import() -> None:
    program = (
        "import sys, eventsourcing_kit as es\n"
        "before = set(sys.modules)\n"
        "es.journal.record\n"
        "print(*sorted(set(sys.modules) - before))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    added = set(done.stdout.split())
    assert "eventsourcing_kit.journal" in added
    assert {name.partition(".")[0] for name in added} <= {"eventsourcing_kit"} | LIGHT
