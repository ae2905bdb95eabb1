"""A process that is killed does nothing any more, and what ends by itself was not killed."""

from __future__ import annotations

import os
import signal
import sqlite3
from functools import partial
from pathlib import Path

import pytest

import eventsourcing_kit as es

KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


def write_and_die(file: Path, commit: bool) -> None:
    app = sqlite3.connect(file, isolation_level=None)
    app.execute("BEGIN")
    app.execute("INSERT INTO done VALUES (1)")
    try:
        if commit:
            app.execute("COMMIT")
        os.kill(os.getpid(), KILL)
    finally:
        app.execute("COMMIT")


@pytest.mark.parametrize("commit", [True, False])
def test_who_is_killed_does_nothing_any_more(tmp_path: Path, commit: bool) -> None:
    file = tmp_path / "app.sqlite"
    sqlite3.connect(file).execute("CREATE TABLE done (number INTEGER)")
    assert es.schedules.killed(partial(write_and_die, file, commit))
    [(count,)] = sqlite3.connect(file).execute("SELECT count(*) FROM done")
    assert count == int(commit)


def test_who_comes_to_the_end_was_not_killed() -> None:
    assert not es.schedules.killed(lambda: None)


def test_an_exception_is_no_crash() -> None:
    with pytest.raises(es.errors.InvalidInput, match="ZeroDivisionError"):
        es.schedules.killed(lambda: 1 / 0)
