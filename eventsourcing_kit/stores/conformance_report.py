"""The essentials of the conformance suite, put to one store; for notebooks.

pytest runs the cases, in this process and without a word. What it found is told case by case: a
sentence about stores, whether it holds, and if not what came instead.
"""

from __future__ import annotations

import io
import os
import traceback
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from ..event import Clock, utc_now

SUITE = "eventsourcing_kit.stores.conformance::Essentials"
LONGEST = 200  # characters of a reason that are shown


class Unmet(AssertionError):
    """A store did not do what it should; the message says so in words."""


@dataclass(frozen=True)
class Case:
    """One sentence of the suite. `reasons` say why it does not hold; none if it does."""

    sentence: str
    reasons: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the store does what the sentence says."""
        return not self.reasons


@dataclass(frozen=True)
class Report:
    """What a store answered, case by case. It shows itself, as text and in a notebook."""

    store: str
    cases: tuple[Case, ...]
    problem: str = ""  # why there are no more cases, if the run was stopped or never began

    @property
    def passed(self) -> bool:
        """Whether every case holds."""
        return not self.problem and bool(self.cases) and all(case.holds for case in self.cases)

    @property
    def summary(self) -> str:
        """One line: how many cases hold."""
        held = sum(case.holds for case in self.cases)
        if self.passed:
            return f"{self.store} conforms: all {held} cases hold."
        ended = f" {self.problem}" if self.problem else ""
        return f"{self.store}: {held} of {len(self.cases)} cases hold.{ended}"

    def __repr__(self) -> str:
        lines = [self.summary]
        for case in self.cases:
            lines.append(f"{'✓' if case.holds else '✗'} {case.sentence}")
            lines += [f"    {reason}" for reason in case.reasons]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        items = "".join(map(_item, self.cases))
        list_ = f"<ul style='list-style: none; margin: 4px 0; padding: 0'>{items}</ul>"
        return f"<div><b>{escape(self.summary)}</b>{list_}</div>"


def _item(case: Case) -> str:
    mark, word = ("✓", "holds") if case.holds else ("✗", "does not hold")
    reasons = "".join(
        f"<div style='margin-left: 2em'><code>{escape(reason)}</code></div>"
        for reason in case.reasons
    )
    sentence = escape(case.sentence)
    if not case.holds:
        sentence = f"<b>{sentence}</b>"
    return f"<li><span role='img' aria-label='{word}'>{mark}</span> {sentence}{reasons}</li>"


def run(open_store: Callable[[str], Any]) -> Report:
    """Put the essential cases to a store and say which hold.

    `open_store(path)` opens the store in the DuckDB file at `path`, or makes it; a class will do.
    Each case gets a new file in a folder that is gone afterwards. Interrupting ends the run, and
    the report says in which case; a thread of the store that never ends goes on until the process
    does.
    """
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        suite = _Suite(open_store, Path(folder))
        with redirect_stdout(io.StringIO()) as said, redirect_stderr(said):
            _pytest(suite, folder)
    name = getattr(open_store, "__name__", "The store")
    problem = ""
    if suite.running:
        suite.reasons[suite.running] = ["interrupted: it had not come to an end"]
        problem = f"Stopped in “{suite.running}”; what comes after it was not tried."
    elif not suite.reasons:
        problem = f"The suite did not run: {said.getvalue().strip()[-LONGEST:]}"
    cases = (Case(sentence, tuple(why)) for sentence, why in suite.reasons.items())
    return Report(name, tuple(cases), problem)


def _pytest(suite: _Suite, folder: str) -> None:
    """Run pytest as if nobody had configured it: no files, no plugins, no variables."""
    variables = {name: os.environ.pop(name, None) for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")}
    current = os.environ.get("PYTEST_CURRENT_TEST")  # of a test that runs this
    arguments = ["--pyargs", SUITE, "-o", "python_classes=Essentials", f"--rootdir={folder}"]
    arguments += ["-c", os.devnull, "--noconftest", "--disable-plugin-autoload", "--capture=no"]
    for plugin in ("cacheprovider", "faulthandler"):
        arguments += ["-p", f"no:{plugin}"]
    try:
        pytest.main(arguments, plugins=[suite])
    finally:
        for name, value in {**variables, "PYTEST_CURRENT_TEST": current}.items():
            if value is not None:
                os.environ[name] = value


@dataclass
class _Suite:
    """A plugin for pytest: it makes the stores, and listens."""

    open_store: Callable[[str], Any]
    folder: Path
    reasons: dict[str, list[str]] = field(default_factory=dict)  # by case
    running: str = ""

    @pytest.fixture
    def factory(self) -> Iterator[_Factory]:
        with TemporaryDirectory(dir=self.folder, ignore_cleanup_errors=True) as folder:
            yield _Factory(self.open_store, Path(folder) / "events.duckdb")

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self.running = _sentence(item)

    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[Any]) -> None:
        reasons = self.reasons.setdefault(_sentence(item), [])
        if call.excinfo is not None and not reasons:  # what follows from the first is noise
            reasons += self._why(call.excinfo.value)
        if call.when == "teardown":
            self.running = ""

    def _why(self, error: BaseException) -> Iterator[str]:
        """What went wrong in a line, and in a second one where in the store's own code."""
        said = str(error).strip().replace(str(self.folder), "…")
        if not isinstance(error, Unmet):
            said = f"{type(error).__name__}: {said.splitlines()[0] if said else ''}"
        yield said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"
        theirs = {one.__module__ for one in getattr(self.open_store, "__mro__", [self.open_store])}
        for origin in (error, error.__cause__):
            trace = origin.__traceback__ if origin else None
            frames = list(traceback.walk_tb(trace))
            lines = traceback.extract_tb(trace)
            for (frame, _), line in reversed(list(zip(frames, lines, strict=True))):
                if frame.f_globals.get("__name__") in theirs:
                    yield f"in {line.name}: {line.line}"
                    return


@dataclass(frozen=True)
class _Factory:
    """How the cases get their stores: see conformance.Factory."""

    open_store: Callable[[str], Any]
    path: Path

    def open(self, clock: Clock = utc_now) -> Any:
        return self.open_store(str(self.path))

    def raw(self, statement: str) -> None:
        import duckdb

        with duckdb.connect(str(self.path)) as connection:
            connection.execute(statement)


def _sentence(item: pytest.Item) -> str:
    """What a case says: its docstring, or its name."""
    function = getattr(item, "function", None)
    said = (getattr(function, "__doc__", None) or "").partition("\n")[0].rstrip(".")
    name = item.name.partition("[")[0].removeprefix("test_").replace("_", " ")
    given = getattr(item, "callspec", None)
    about = f": {', '.join(map(str, given.params.values()))}" if given else ""
    return (said or name[:1].upper() + name[1:]) + about
