"""Whatever becomes of the file, no event is lost that could be kept, and no lesson stops."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from filelock import FileLock

import eventsourcing_kit as es
from eventsourcing_kit.journal import file as journal_module
from eventsourcing_kit.journal.file import Journal
from eventsourcing_kit.journal.reading import LONGEST_LINE

START = datetime(2025, 3, 10, 9, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "progress.jsonl"


@pytest.fixture
def journal(path: Path) -> Journal:
    return Journal(path, clock=es.fixed_clock(START))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a lock that is not let go."""
    monkeypatch.setattr(journal_module, "PATIENCE", 0.0)
    monkeypatch.setattr(journal_module, "LITTLE_PATIENCE", 0.0)


def add(journal: Journal, *numbers: int) -> None:
    for number in numbers:
        journal.append("exercise-1-fold", "HintTaken", {"number": number})


def numbers(path: Path) -> list[int]:
    """What a reader who comes later finds in the file."""
    return [event.data["number"] for event in Journal(path).events()]


class TestTheFile:
    def test_has_a_line_an_event_that_a_person_can_read(self, journal: Journal, path: Path) -> None:
        journal.append("exercise-1-fold", "HintTaken", {"number": 1, "note": "Zürich\n"})
        [line] = path.read_text("utf-8").splitlines()
        found = json.loads(line)
        del found["event_id"]
        assert found == {
            "stream_id": "exercise-1-fold",
            "type": "HintTaken",
            "schema_version": 1,
            "data": {"note": "Zürich\n", "number": 1},
            "metadata": {},
            "occurred_at": "2025-03-10T09:00:00Z",
            "recorded_at": "2025-03-10T09:00:01Z",
        }
        assert "Zürich" in line

    def test_is_what_load_jsonl_reads(self, journal: Journal, path: Path) -> None:
        add(journal, 1, 2)
        with es.open_store(":memory:") as store:
            assert es.load_jsonl(store, path) == 2
            assert store.read_all() == journal.events()

    def test_is_read_back_with_versions_and_positions(self, journal: Journal, path: Path) -> None:
        for name in ("fold", "decide", "fold"):
            journal.append(f"exercise-1-{name}", "ExerciseAttempted", {})
        found = [
            (event.position, event.stream_id, event.version) for event in Journal(path).events()
        ]
        assert found == [
            (1, "exercise-1-fold", 1),
            (2, "exercise-1-decide", 1),
            (3, "exercise-1-fold", 2),
        ]

    def test_is_not_made_by_reading(self, journal: Journal, path: Path) -> None:
        assert journal.events() == []
        assert journal.trouble == ""
        assert not path.parent.exists()


class TestManyWriters:
    def test_four_processes_at_once_lose_nothing(self, path: Path) -> None:
        program = (
            "import sys\n"
            "from pathlib import Path\n"
            "from eventsourcing_kit.journal.file import Journal\n"
            "journal = Journal(Path(sys.argv[1]))\n"
            "print('ready', flush=True); sys.stdin.readline()\n"
            "for number in range(100):\n"
            "    journal.append(f'exercise-1-{sys.argv[2]}', 'HintTaken', {'number': number})\n"
            "journal.flush()\n"
            "print(journal.trouble, end='')\n"
        )
        writers = {name: _python(program, str(path), name) for name in "abcd"}
        for writer in writers.values():
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
        for writer in writers.values():
            assert writer.stdin is not None
            writer.stdin.write("go\n")
            writer.stdin.flush()
        for writer in writers.values():
            assert writer.communicate()[0] == ""
        found = Journal(path).events()
        for name in writers:
            mine = [each for each in found if each.stream_id == f"exercise-1-{name}"]
            assert [event.data["number"] for event in mine] == list(range(100))
        assert path.read_bytes().count(b"\n") == 400

    def test_threads_at_once_lose_nothing(self, journal: Journal, path: Path) -> None:
        parts = [range(start, start + 25) for start in range(0, 100, 25)]
        threads = [threading.Thread(target=add, args=(journal, *part)) for part in parts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(numbers(path)) == list(range(100))

    @pytest.mark.usefixtures("impatient")
    def test_while_another_program_holds_the_file(self, journal: Journal, path: Path) -> None:
        add(journal, 1)
        with FileLock(journal.lock_path):
            add(journal, 2, 3)
            assert "another program holds" in journal.trouble
            assert numbers(path) == [1]
            assert len(journal.events()) == 3, "the kernel remembers them meanwhile"
        add(journal, 4)
        assert journal.trouble == ""
        assert numbers(path) == [1, 2, 3, 4]

    @pytest.mark.usefixtures("impatient")
    def test_what_waited_keeps_the_time_at_which_it_happened(
        self, journal: Journal, path: Path
    ) -> None:
        path.parent.mkdir()
        with FileLock(journal.lock_path):
            add(journal, 1)
        journal.flush()
        [event] = Journal(path).events()
        assert event.occurred_at == START
        assert event.recorded_at == START + timedelta(seconds=1)


class TestAnUnfinishedLine:
    def test_a_writer_killed_in_the_middle_of_a_line(self, journal: Journal, path: Path) -> None:
        add(journal, 1)
        program = (
            "import os, signal, sys\n"
            "from pathlib import Path\n"
            "from eventsourcing_kit.journal.file import Journal\n"
            "write = os.write\n"
            "def half(file, text):\n"
            "    write(file, text[: len(text) // 2])\n"
            "    os.kill(os.getpid(), signal.SIGKILL)\n"
            "os.write = half\n"
            "Journal(Path(sys.argv[1])).append('exercise-1-fold', 'HintTaken', {'number': 2})\n"
        )
        killed = _python(program, str(path))
        killed.communicate()
        assert killed.returncode == -9
        assert not path.read_bytes().endswith(b"\n")
        add(journal, 3)
        assert numbers(path) == [1, 3]
        journal.events()
        assert "Skipped 1 line that" in journal.trouble

    def test_a_whole_line_whose_end_is_missing(self, journal: Journal, path: Path) -> None:
        add(journal, 1)
        path.write_bytes(path.read_bytes().rstrip(b"\n"))
        assert numbers(path) == [1]
        add(journal, 2)
        assert numbers(path) == [1, 2]

    def test_a_disk_that_is_full_for_a_while(self, path: Path) -> None:
        # A limit on the size of files stands in for the disk: the write stops within a line.
        program = (
            "import resource, sys\n"
            "from pathlib import Path\n"
            "from eventsourcing_kit.journal.file import Journal\n"
            "journal = Journal(Path(sys.argv[1]))\n"
            "def add(number):\n"
            "    journal.append('exercise-1-fold', 'HintTaken', {'number': number})\n"
            "add(1)\n"
            "least, most = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), most))\n"
            "add(2); add(3)\n"
            "print(journal.trouble)\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (least, most))\n"
            "add(4)\n"
            "print(journal.trouble)\n"
        )
        size_of_a_line_and_a_half = "350"
        told, _ = _python(program, str(path), size_of_a_line_and_a_half).communicate()
        full, free_again = told.splitlines()
        assert "not saved yet" in full
        assert "File too large" in full
        assert numbers(path) == [1, 2, 3, 4]
        assert free_again == ""

    def test_an_event_that_was_written_twice_counts_once(
        self, journal: Journal, path: Path
    ) -> None:
        add(journal, 1, 2)
        path.write_bytes(path.read_bytes() * 2)
        assert numbers(path) == [1, 2]


class TestGarbage:
    @pytest.mark.parametrize(
        "garbage",
        [
            b"\x00" * 4096,
            b"SQLite format 3\x00\xff\xfe\n\n\x80\x81",
            b"[" * 100_000,
            b'{"stream_id":"exercise-1-fold"}',
            b'{"a":1,"a":2}',
            b"[1, 2]",
            b"null",
            b"\xff\xfe{\x00",
            b"<<<<<<< HEAD",
            b'{"stream_id":1,"type":2,"schema_version":"x","data":[],"metadata":null,'
            b'"event_id":4,"occurred_at":5,"recorded_at":6}',
            b" " * 10 + b"x" * (LONGEST_LINE + 1),
        ],
        ids=lambda garbage: repr(garbage[:20]),
    )
    def test_is_skipped_counted_and_kept(
        self, garbage: bytes, journal: Journal, path: Path
    ) -> None:
        add(journal, 1)
        with path.open("ab") as file:
            file.write(garbage)  # and no end of the line
        add(journal, 2)
        assert numbers(path) == [1, 2]
        assert garbage in path.read_bytes()
        journal.events()
        lines = sum(bool(line.strip()) for line in garbage.split(b"\n"))
        assert f"Skipped {lines} line" in journal.trouble
        assert str(path) in journal.trouble

    def test_one_key_less_or_a_wrong_value_is_garbage(self, journal: Journal, path: Path) -> None:
        add(journal, 1)
        good = json.loads(path.read_text())
        without = [{key: good[key] for key in good if key != left_out} for left_out in good]
        wrong = [
            good | {key: value}
            for key in good
            for value in (7.5, "no", ["x"])
            if not (value == "no" and key in ("stream_id", "type"))
        ]
        lines = [json.dumps(each) for each in [*without, *wrong]]
        path.write_text("\n".join(lines))
        assert journal.events() == []
        assert f"Skipped {len(lines)} lines" in journal.trouble

    def test_editors_may_leave_their_traces(self, journal: Journal, path: Path) -> None:
        add(journal, 1, 2)
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n\r\n"))
        add(journal, 3)
        assert numbers(path) == [1, 2, 3]
        journal.events()
        assert journal.trouble == ""


def _a_file(path: Path) -> None:
    path.parent.write_text("I am no folder.")


def _in_a_file(path: Path) -> None:
    path.parent.parent.joinpath("home").symlink_to(path.parent.parent / "file" / "home")
    (path.parent.parent / "file").write_text("I am no folder.")


def _folder(path: Path) -> None:
    path.mkdir(parents=True)


def _pipe(path: Path) -> None:
    path.parent.mkdir()
    os.mkfifo(path)


def _loop(path: Path) -> None:
    path.parent.symlink_to(path.parent)


def _lock_is_a_folder(path: Path) -> None:
    path.with_name(f"{path.name}.lock").mkdir(parents=True)


class TestAPlaceThatCannotBeWritten:
    @pytest.mark.usefixtures("impatient")
    @pytest.mark.parametrize(
        "in_the_way", [_a_file, _in_a_file, _folder, _pipe, _loop, _lock_is_a_folder]
    )
    def test_is_told_and_the_events_wait(
        self, in_the_way: Callable[[Path], None], journal: Journal, path: Path
    ) -> None:
        in_the_way(path)
        add(journal, 1, 2)
        assert "not saved yet" in journal.trouble
        assert [event.data["number"] for event in journal.events()] == [1, 2]

    def test_is_written_once_it_can_be(self, journal: Journal, path: Path) -> None:
        _a_file(path)
        add(journal, 1)
        assert "EVENTSOURCING_KIT_HOME" in journal.trouble
        path.parent.unlink()
        add(journal, 2)
        assert journal.trouble == ""
        assert numbers(path) == [1, 2]

    @pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs Linux")
    def test_a_system_that_lets_nobody_write(self) -> None:
        journal = Journal(Path("/proc/self/progress.jsonl"))
        add(journal, 1)
        assert "not saved yet" in journal.trouble

    @pytest.mark.skipif(
        not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anything"
    )
    def test_a_file_that_is_read_only(self, journal: Journal, path: Path) -> None:
        add(journal, 1)
        path.chmod(0o400)
        add(journal, 2)
        assert "Permission denied" in journal.trouble
        assert [event.data["number"] for event in journal.events()] == [1, 2]

    def test_a_file_that_may_not_even_be_read(
        self, journal: Journal, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        add(journal, 1)

        def refuse(_: Path, mode: str) -> None:
            raise PermissionError(13, "Permission denied", str(path))

        monkeypatch.setattr(Path, "open", refuse)
        assert journal.events() == []
        assert "cannot be read: Permission denied" in journal.trouble

    def test_an_event_that_is_none_is_told(self, journal: Journal, path: Path) -> None:
        journal.append("exercise-1-fold", "HintTaken", {"number": float("nan")})
        assert "cannot be kept: data.number" in journal.trouble
        add(journal, 2)
        assert numbers(path) == [2]


def _python(program: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
