"""Fold one event at a time, and note what each step did: the state, and the lines that ran."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import sys
import textwrap
from collections.abc import Callable, Collection, Iterable, Mapping
from types import CodeType, FrameType
from typing import Any, NamedTuple

import msgspec

from ...drawing.display import money_text
from ...event import NewEvent, RecordedEvent
from ..base import error_text

Fields = list[tuple[str, str]]  # names and values, as text

LONGEST = 400  # characters of one value


class Money(NamedTuple):
    """Which values are minor units, by name; of the currency beside them, else of this one."""

    names: Collection[str] = ()
    currency: str = ""


NO_MONEY = Money()


class FoldStep(msgspec.Struct, frozen=True):
    """One event, and what `evolve` made of it. Lines count from 0 in the source.

    `asked` are the lines of conditions (`if`, `match`, `case`), `ran` those of statements.
    `raised` is "" or what evolve raised; then there is no state and no further step.
    `mutated`: evolve changed the state that it was given.
    """

    type: str
    data: str
    state: Fields
    asked: list[int]
    ran: list[int]
    raised: str
    mutated: bool


class FoldTrace(msgspec.Struct, frozen=True):
    """All that the browser needs. `left` are the events that were not reached."""

    name: str
    source: list[str]
    opening: Fields
    steps: list[FoldStep]
    left: list[tuple[str, str]]
    by_name: bool = False  # Python finds the function again by its name


def trace(
    evolve: Callable[[Any, Any], Any], events: Iterable[Any], state: Any, money: Money = NO_MONEY
) -> FoldTrace:
    """Fold `events` and note each step. It stops where evolve raises."""
    evolve_code, source, first_line = _source(evolve)
    waiting = list(events)
    opening = fields_of(state, money)
    steps: list[FoldStep] = []
    while waiting and not (steps and steps[-1].raised):
        event = waiting.pop(0)
        type_, data = event_text(event, money)
        given, before = state, fields_of(state, money)
        lines: set[int] = set()
        raised = ""
        try:
            state = _run(evolve, state, event, evolve_code, lines)
        except Exception as error:
            raised = error_text(error)
        asked, ran = _sort_lines(source, {line - first_line for line in lines})
        after = [] if raised else fields_of(state, money)
        mutated = fields_of(given, money) != before
        steps.append(FoldStep(type_, data, after, asked, ran, raised, mutated))
    return FoldTrace(
        getattr(evolve, "__name__", type(evolve).__name__),
        source.splitlines(),
        opening,
        steps,
        [event_text(event, money) for event in waiting],
        _named(evolve) is not None,
    )


def as_it_stands(evolve: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """What has the function's name in its module now: a cell that was run again has replaced it.

    It is the function itself where nothing has its name.
    """
    return _named(evolve) or evolve


def _named(evolve: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any] | None:
    module = sys.modules.get(getattr(evolve, "__module__", None) or "")
    found = getattr(module, getattr(evolve, "__qualname__", ""), None)
    return found if callable(found) else None


# --- how events and states look ------------------------------------------------------------------


def event_text(event: Any, money: Money = NO_MONEY) -> tuple[str, str]:
    """An event's type and its data. What is no event at all has its class for a type."""
    if isinstance(event, NewEvent | RecordedEvent):
        return event.type, _pairs(fields_of(event.data, money))
    if _is_record(event):
        return type(event).__name__, _pairs(fields_of(event, money))
    return type(event).__name__, _text(event)


def fields_of(state: Any, money: Money = NO_MONEY) -> Fields:
    """A dataclass by its fields, a mapping by its keys, anything else as one value."""
    if not (isinstance(state, Mapping) or _is_record(state)):
        return [("state", _text(state))]
    values = dict(_items(state))
    currency = values.get("currency") or money.currency
    return [
        (name, money_text(value, str(currency)))
        if currency and name in money.names and type(value) is int
        else (name, _text(value))
        for name, value in values.items()
    ]


def _items(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, Mapping):
        return [(str(key), item) for key, item in value.items()]
    return [(field.name, getattr(value, field.name)) for field in dataclasses.fields(value)]


def _is_record(value: Any) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def _pairs(fields: Fields) -> str:
    return ", ".join(f"{name}={text}" for name, text in fields)


def _text(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


# --- which lines ran -----------------------------------------------------------------------------


def _source(evolve: Callable[[Any, Any], Any]) -> tuple[CodeType | None, str, int]:
    """The code of a Python function, its text, and the line of its file on which that begins."""
    function = inspect.unwrap(evolve)
    try:
        lines, first = inspect.getsourcelines(function)
    except (OSError, TypeError):  # not written in Python, or typed where nothing keeps the text
        return None, "", 1
    return getattr(function, "__code__", None), textwrap.dedent("".join(lines)), first


def _run(
    evolve: Callable[[Any, Any], Any], state: Any, event: Any, code: CodeType | None, ran: set[int]
) -> Any:
    """evolve(state, event); adds to `ran` the lines of `code` that ran."""

    def on_line(frame: FrameType, what: str, _: Any) -> Any:
        if what == "line":
            ran.add(frame.f_lineno)
        return on_line

    def on_call(frame: FrameType, what: str, _: Any) -> Any:
        return on_line if frame.f_code is code else None

    outer = sys.gettrace()  # a debugger's, or that of a tool that measures coverage
    sys.settrace(on_call)
    try:
        return evolve(state, event)
    finally:
        sys.settrace(outer)


def _sort_lines(source: str, lines: set[int]) -> tuple[list[int], list[int]]:
    """The lines that were asked, and those that ran; a statement on several lines is one."""
    try:
        statements = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.stmt)]
    except SyntaxError:  # a lambda comes with what stands around it
        return [], sorted(lines)
    asked: set[int] = set()
    ran: set[int] = set()
    for line in lines:
        around = [one for one in statements if one.lineno <= line + 1 <= (one.end_lineno or 0)]
        inner = max(around, key=lambda one: one.lineno, default=None)
        if isinstance(inner, ast.If | ast.Match | ast.While):
            asked.add(line)
        elif inner is None or hasattr(inner, "body"):
            ran.add(line)
        else:
            ran.update(range(inner.lineno - 1, inner.end_lineno or inner.lineno))
    return sorted(asked), sorted(ran)
