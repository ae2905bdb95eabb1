"""Try an answer in a process of its own, so that nothing it does can harm the notebook.

A loop without an end, a list too large, sys.exit(): the process is stopped, and the learner is
told. Interrupting the notebook stops it as well.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import cloudpickle
import msgspec
import psutil

from .outcome import is_learners
from .verdict import WRONG, Line, Verdict


class Named(Protocol):
    """An exercise, as far as it has to be known here: the process finds the rest by its name."""

    module: str
    name: str

    @property
    def heading(self) -> str: ...


SECONDS_A_RUN = 5.0  # one run of an answer on one case
SECONDS = 90.0  # a whole check
MEMORY = 1_500_000_000  # bytes, all that the process holds
LOOK_EVERY = 0.03  # seconds


def try_out(exercise: Named, answer: Any, seconds_a_run: float = SECONDS_A_RUN) -> Verdict:
    """The verdict of a process that is stopped when it takes too long or too much memory."""
    try:
        task = cloudpickle.dumps((exercise.module, exercise.name, answer, seconds_a_run))
    except Exception as error:  # each object has its own way to refuse
        return Verdict(WRONG, exercise.heading, f"{_CANNOT_COPY} Python says: {error}")
    with TemporaryDirectory(prefix="eventsourcing-kit-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "task").write_bytes(task)
        trouble = _run(folder)
        try:
            return msgspec.json.decode((folder / "verdict").read_bytes(), type=Verdict)
        except (FileNotFoundError, msgspec.DecodeError):
            stack = folder / "stack"
            line = _endless_line(stack.read_text("utf-8", "replace")) if stack.exists() else None
            if line:
                trouble = f"{_ENDLESS.format(seconds_a_run)}"
            return Verdict(WRONG, exercise.heading, trouble or _ENDED, line=line)


def _run(folder: Path) -> str:
    """Run the child to its end, or stop it and say why."""
    process = subprocess.Popen(
        [sys.executable, "-m", "eventsourcing_kit.exercises.child", str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        start_new_session=True,  # an interrupt is this process's to handle
    )
    end = time.monotonic() + SECONDS
    try:
        while True:
            try:
                process.wait(LOOK_EVERY)
                return ""
            except subprocess.TimeoutExpired:
                if _memory(process.pid) > MEMORY:
                    return _TOO_MUCH
                if time.monotonic() > end:
                    return _TOO_SLOW
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _memory(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:  # it has just ended
        return 0


def _endless_line(stack: str) -> Line | None:
    """Where the learner's code was when it was stopped: the innermost of its lines.

    Of several threads those are passed over that wait for their turn (schedules/functions.py).
    """
    for thread in re.split(r"(?m)^(?:Current thread|Thread) ", stack):
        if _WAITS_FOR_ITS_TURN in thread:
            continue
        for file, number in re.findall(r'File "(.*)", line (\d+) in ', thread):
            if is_learners(file):
                return Line(int(number), file)
    return None


_WAITS_FOR_ITS_TURN = " in pause\n"
_CANNOT_COPY = (
    "Your answer could not be copied into the process that tries it. It uses something that cannot "
    "be copied, such as an open store or connection: take that as a parameter."
)
_ENDLESS = "Your code was stopped after {:g} seconds in one call. Is there a loop without an end?"
_TOO_SLOW = f"The check was stopped after {SECONDS:g} seconds. Your code takes long for each case."
_TOO_MUCH = "Your code was stopped: it took more than 1.5 GB of memory."
_ENDED = "Your code ended the process that tried it."
