"""Whatever an answer does, the check comes back with a sentence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

import eventsourcing_kit as es
from eventsourcing_kit.exercises import Exercise, Verdict
from eventsourcing_kit.exercises.trial import try_out

KNOWN_BALANCE: Exercise = es.exercises.chapter(5).known_balance


def tried(answer: Any) -> Verdict:
    return try_out(KNOWN_BALANCE, answer, seconds_a_run=2)


def endless(events: Any, moment: Any) -> int:
    while True:
        pass


def endless_in_c(events: Any, moment: Any) -> int:
    import itertools

    return sum(itertools.repeat(0))


def endless_and_stubborn(events: Any, moment: Any) -> int:
    while True:
        try:
            time.sleep(0.01)
        except BaseException:
            continue


@pytest.mark.parametrize("answer", [endless, endless_in_c, endless_and_stubborn])
def test_an_endless_loop_is_stopped_and_its_line_named(answer: Callable[..., Any]) -> None:
    verdict = tried(answer)
    assert verdict.outcome == "wrong"
    assert "loop without an end" in verdict.message
    assert verdict.line
    assert verdict.line.file == __file__
    assert verdict.line.text in Path(__file__).read_text(encoding="utf-8")


def test_growing_without_an_end_is_stopped() -> None:
    def grow(events: Any, moment: Any) -> int:
        held = []
        while True:
            held.append(b"\1" * 50_000_000)  # written to, so it is really taken

    # Time enough to take it all on a busy machine: here the memory is to be what stops it.
    verdict = try_out(KNOWN_BALANCE, grow, seconds_a_run=20)
    assert "1.5 GB" in verdict.message


def test_a_huge_allocation_is_refused_or_stopped() -> None:
    def allocate(events: Any, moment: Any) -> int:
        return len([0] * 10**15)

    verdict = tried(allocate)
    assert verdict.outcome == "wrong"
    assert "memory" in verdict.message
    assert verdict.line


def test_endless_recursion_is_named() -> None:
    def again(events: Any, moment: Any) -> Any:
        return again(events, moment)

    assert "calls itself" in tried(again).message


def test_leaving_the_process_is_named() -> None:
    def leave(events: Any, moment: Any) -> int:
        os._exit(0)

    def leave_politely(events: Any, moment: Any) -> int:
        sys.exit()

    assert "ended the process" in tried(leave).message
    assert "SystemExit" in tried(leave_politely).message


def test_what_cannot_be_copied_is_named() -> None:
    lock = threading.Lock()

    def locked(events: Any, moment: Any) -> int:
        with lock:
            return 0

    verdict = tried(locked)
    assert verdict.outcome == "wrong"
    assert "take that as a parameter" in verdict.message


def test_a_right_answer_is_right_there_too() -> None:
    def known_balance(events: list[es.RecordedEvent], moment: Any) -> int:
        known = [event for event in events if event.recorded_at <= moment]
        signs = {"MoneyDeposited": 1}
        return sum(signs.get(event.type, -1) * int(event.data["amount"]) for event in known)

    assert tried(known_balance).right


def test_an_interrupt_stops_the_check_and_leaves_no_process(tmp_path: Path) -> None:
    """A script that checks an endless answer gets SIGINT, as a kernel does."""
    script = tmp_path / "lesson.py"
    script.write_text(
        "import eventsourcing_kit as es\n"
        "def forever(events, moment):\n"
        "    while True: pass\n"
        "print('ready', flush=True)\n"
        "es.exercises.chapter(5).known_balance.check(forever)\n"
    )
    lesson = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert lesson.stdout
    lesson.stdout.readline()
    this = psutil.Process(lesson.pid)
    wait_until(lambda: bool(this.children(recursive=True)))
    children = this.children(recursive=True)
    lesson.send_signal(signal.SIGINT)
    _, errors = lesson.communicate(timeout=180)
    assert "KeyboardInterrupt" in errors
    assert not psutil.wait_procs(children, timeout=120)[1]


def wait_until(holds: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_of_several_threads_the_line_is_that_of_the_one_that_moves() -> None:
    inside: list[str] = []

    def waits_when_two_are_inside(read: Any, append: Any, command_id: str, amount: int) -> Any:
        inside.append(command_id)
        events = read()  # here the other one waits for its turn
        while len(inside) == 2:
            pass
        inside.pop()
        if known := [event for event in events if event[1] == command_id]:
            if known[0][2] != amount:
                raise ValueError(command_id)
            return known[0][0]
        try:
            return append(command_id, amount, len(events))
        except es.WrongExpectedVersion:
            return waits_when_two_are_inside(read, append, command_id, amount)

    once = es.exercises.chapter(9).once
    verdict = try_out(once, waits_when_two_are_inside, seconds_a_run=2)
    assert "loop without an end" in verdict.message
    assert verdict.line
    assert verdict.line.text.strip() in ("while len(inside) == 2:", "pass")
