"""A reader that keeps what it has parsed always says what one would say that reads all again."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from eventsourcing_kit.journal import reading
from eventsourcing_kit.journal.file import Journal
from eventsourcing_kit.journal.reading import Line, Reader
from eventsourcing_kit.jsonl import read_line


def added(path: Path, *numbers: int) -> None:
    for number in numbers:
        Journal(path).append(f"exercise-{number % 2}-fold", "HintTaken", {"number": number})


def test_only_what_was_appended_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "progress.jsonl"
    added(path, *range(5))
    reader = Reader(path)
    reader.read()
    parsed: list[bytes] = []

    def counted(line: bytes) -> Line:
        parsed.append(line)
        return read_line(line)

    monkeypatch.setattr(reading, "read_line", counted)
    reader.read()
    assert parsed == []
    added(path, 5)
    reader.read()
    assert len(parsed) == 1
    assert [event.data["number"] for event in reader.known.events] == list(range(6))


class Changes(RuleBasedStateMachine):
    """A file that is appended to, cut, edited, replaced and removed, between any two looks."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.path = Path(self.folder.name) / "progress.jsonl"
        self.kept = Journal(self.path)
        self.number = 0

    def teardown(self) -> None:
        self.folder.cleanup()

    @rule(n=st.integers(1, 3))
    def append(self, n: int) -> None:
        added(self.path, *range(self.number, self.number + n))
        self.number += n

    @rule(scrap=st.sampled_from([b"half a li", b"\n", b"no event\n", b"\xff\n\n", b"{}"]))
    def write(self, scrap: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(scrap)

    @precondition(lambda self: self.path.exists())
    @rule(data=st.data())
    def edit(self, data: st.DataObject) -> None:
        """In place, as an editor may: one line less, or cut, or two lines changed about."""
        lines = self.path.read_bytes().splitlines(keepends=True)
        how = data.draw(st.sampled_from(["less", "cut", "turned", "replaced", "gone"]))
        if how == "gone":
            self.path.unlink()
        elif how == "replaced":
            beside = self.path.with_name("beside")
            beside.write_bytes(b"".join(lines[::2]))
            os.replace(beside, self.path)
        else:
            whole = b"".join(lines[::-1] if how == "turned" else lines[1:])
            end = len(whole) // 2 if how == "cut" else len(whole)
            self.path.write_bytes(whole[:end])
            later = os.stat(self.path).st_mtime_ns + 1_000_000  # an edit takes a person a moment
            os.utime(self.path, ns=(later, later))

    @rule()
    def look(self) -> None:
        self.kept.events()

    @invariant()
    def says_the_same(self) -> None:
        fresh = Journal(self.path)
        events = self.kept.events()
        assert events == fresh.events()
        assert self.kept.trouble == fresh.trouble
        for stream_id in {event.stream_id for event in events}:
            assert self.kept.read_stream(stream_id) == [
                event for event in events if event.stream_id == stream_id
            ]


TestChanges = Changes.TestCase
