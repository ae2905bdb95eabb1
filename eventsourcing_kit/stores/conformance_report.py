"""Cases of the conformance suite, put to one store; for notebooks.

They are run one after the other, in this process and without a word. What came out is told case by
case: a sentence about stores, whether it holds, and if not what came instead.
"""

from __future__ import annotations

import io
import traceback
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from functools import partial
from html import escape
from inspect import signature
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from ..event import Clock, utc_now

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
    problem: str = ""  # why there are no more cases, if the run was stopped

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


def put_to(open_store: Callable[[str], Any], suite: type) -> Report:
    """Put the cases of a suite to the store that `open_store(path)` opens, or makes."""
    told: list[Case] = []
    problem, sentence = "", ""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            for sentence, case in _cases(suite):
                told.append(Case(sentence, tuple(_reasons(open_store, case, folder))))
        except KeyboardInterrupt:
            told.append(Case(sentence, ("interrupted: it had not come to an end",)))
            problem = f"Stopped in “{sentence}”; what comes after it was not tried."
    return Report(getattr(open_store, "__name__", "The store"), tuple(told), problem)


def _cases(suite: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Each case, once for each of the values that it is given; and what it says."""
    for name, function in vars(suite).items():
        if not name.startswith("test_"):
            continue
        case = partial(function, suite())
        marks = getattr(function, "pytestmark", [])
        given = [mark.args for mark in marks if mark.name == "parametrize"]
        for field, values in given:
            for value in values:
                yield f"{_sentence(function)}: {value}", partial(case, **{field: value})
        if not given:
            yield _sentence(function), case


def _sentence(function: Any) -> str:
    """What a case says: its docstring, or its name."""
    name = function.__name__.removeprefix("test_").replace("_", " ").capitalize()
    return str(function.__doc__ or name).partition("\n")[0].rstrip(".")


def _reasons(open_store: Callable[[str], Any], case: Callable[..., Any], folder: str) -> list[str]:
    """Why a case does not hold, put to a store in a new file; what follows from that is noise."""
    with (
        TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as own,
        redirect_stdout(io.StringIO()),
        redirect_stderr(io.StringIO()),
    ):
        factory = _Factory(open_store, Path(own) / "events.duckdb")
        try:
            if "store" not in signature(case).parameters:
                case(factory=factory)
                return []
            store = factory.open()
            try:
                case(store=store)
            except BaseException:
                with suppress(Exception):
                    store.close()
                raise
            store.close()
        except (Exception, SystemExit) as error:
            return list(_why(error, open_store, folder))
    return []


def _why(error: BaseException, open_store: Callable[[str], Any], folder: str) -> Iterator[str]:
    """What went wrong in a line, and in a second one where in the store's own code."""
    said = str(error).strip().replace(folder, "…")
    if not isinstance(error, Unmet):
        said = f"{type(error).__name__}: {said.splitlines()[0] if said else ''}"
    yield said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"
    theirs = {one.__module__ for one in getattr(open_store, "__mro__", [open_store])}
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
        with duckdb.connect(str(self.path)) as connection:
            connection.execute(statement)
