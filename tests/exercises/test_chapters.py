"""The chapters that have exercises, and the pages on which these stand."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.exercises import BadPage, pages
from eventsourcing_kit.exercises.chapter import from_pages
from tests.prose import one_sentence_a_line

CHAPTERS = es.exercises.chapters()
PAGES = sorted(pages.folder().rglob("*.md"))


def test_there_are_enough() -> None:
    assert sum(len(chapter) for chapter in CHAPTERS if chapter.number < 6) >= 22


def test_chapters_come_in_order() -> None:
    numbers = [chapter.number for chapter in CHAPTERS]
    assert numbers == sorted(set(numbers))


def test_each_chapter_is_proven() -> None:
    proven = {path.name for path in (Path(__file__).parent / "cases").glob("test_chapter_*.py")}
    assert proven == {f"test_chapter_{chapter.number:02}.py" for chapter in CHAPTERS}


def test_each_page_is_an_exercise() -> None:
    assert len(PAGES) == sum(map(len, CHAPTERS))


def test_a_page_without_a_test_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "01").mkdir()
    (tmp_path / "01" / "alone.md").touch()
    monkeypatch.setenv("EVENTSOURCING_KIT_EXERCISES", str(tmp_path))
    with pytest.raises(BadPage, match=r"^01/alone.md, line 1: no test of this name is in there$"):
        from_pages(1, "Events or rows", "there", {})


def test_the_spelling_is_right() -> None:
    command = [sys.executable, "-m", "codespell_lib", *map(str, PAGES)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.stdout == ""


@pytest.mark.parametrize("path", PAGES, ids=lambda path: f"{path.parent.name}-{path.stem}")
class TestPage:
    def test_it_has_one_sentence_a_line(self, path: Path) -> None:
        body = path.read_text("utf-8").partition("\n---\n")[2]
        assert body == one_sentence_a_line(body)

    def test_its_text_is_finished(self, path: Path) -> None:
        text = path.read_text("utf-8")
        assert not re.search(r"\b(TODO|FIXME|XXX|TBD|lorem)\b", text, re.IGNORECASE)
        assert "/home/" not in text
        assert "/work/" not in text
        assert text.endswith("```\n")
        prose = re.sub(r"^```.*?^```$", "code", text, flags=re.MULTILINE | re.DOTALL)
        assert not re.search(r"[ \t]+$|\n\n\n", prose, re.MULTILINE), "of code ruff is the judge"
