"""What an answer did with one case: the value it gave, or what it raised and in which line."""

from __future__ import annotations

import dis
import io
import sysconfig
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from copy import deepcopy
from dataclasses import dataclass, fields, is_dataclass
from numbers import Integral
from pathlib import Path
from types import EllipsisType, TracebackType
from typing import Any

# Code that lies here is the kit's, a library's or Python's: no learner wrote it.
_OTHERS_CODE = (
    str(Path(__file__).parents[1]),
    sysconfig.get_path("stdlib"),
    sysconfig.get_path("purelib"),
)


@dataclass(frozen=True)
class Raised:
    """An exception that came out of an answer. `file` is "" where no line is known.

    `by_raise`: a `raise` of the learner's made it, and not what the line asked of Python.
    """

    types: tuple[str, ...]  # its class and what that is derived from, the nearest first
    message: str
    file: str
    line: int
    by_raise: bool = False

    @property
    def type(self) -> str:
        """The name of the exception's class, without its module."""
        return self.types[0].rpartition(".")[2]


class Stopped(BaseException):
    """The check ends a run that would not end, or go wrong; its words are told to the learner.

    No `except Exception` of an answer gets it.
    """


STOPPED = f"{Stopped.__module__}.{Stopped.__qualname__}"


class Broken(str):
    """What a run found wrong, in words that are told as they are; no result is like it."""

    __slots__ = ()


@dataclass(frozen=True)
class Outcome:
    """What came out. `changed_input`: the case was not the same afterwards."""

    value: Any = None
    raised: Raised | None = None
    changed_input: bool = False
    printed: str = ""


def run(call: Callable[[Any, Any], Any], answer: Any, case: Any) -> Outcome:
    """Run `call(answer, case)` on a copy of the case. Whatever is raised is part of the outcome."""
    given = deepcopy(case)
    printed = io.StringIO()
    try:
        with redirect_stdout(printed):
            value = call(answer, given)
    except BaseException as error:  # sys.exit() in an answer, too
        return Outcome(raised=_raised(error, call), printed=printed.getvalue())
    return Outcome(_apart(value), changed_input=given != case, printed=printed.getvalue())


def _apart(value: Any) -> Any:
    """A copy of a dictionary or list: an answer may keep its own and change it in a later run."""
    if not isinstance(value, dict | list):
        return value
    try:
        return deepcopy(value)
    except Exception:  # something in it cannot be copied
        return value


def same_outcome(expected: Outcome, got: Outcome) -> bool:
    """Whether an answer did what was expected of it; of exceptions the class counts.

    Of Stopped its words count, too: two answers can be stopped for different reasons.
    """
    if got.changed_input != expected.changed_input:
        return False
    if expected.raised and got.raised:
        if STOPPED in got.raised.types and expected.raised.message != got.raised.message:
            return False
        return expected.raised.types[0] in got.raised.types
    return not expected.raised and not got.raised and same_value(expected.value, got.value)


def same_value(a: Any, b: Any) -> bool:
    """Equal, and of one kind: 1 is neither 1.0 nor True. Lists and tuples are one kind."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, Integral) and isinstance(b, Integral):  # numpy's count as well
        return int(a) == int(b)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(same_value, a, b))
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(same_value(a[key], b[key]) for key in a)
    if type(a) is not type(b):
        return False
    if isinstance(a, BaseException):  # returned, and not raised: two are never equal
        return same_value(a.args, b.args)
    if isinstance(a, Iterator):  # equal only to itself; what it would give is not looked at
        return True
    if is_dataclass(a):
        return all(same_value(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    return bool(a == b)


def is_blank(outcome: Outcome) -> bool:
    """Whether this is what a stub gives: `...`, or NotImplementedError."""
    if outcome.raised:
        about_dots = "ellipsis" in outcome.raised.message
        return outcome.raised.type == "NotImplementedError" or about_dots
    return _has_dots(outcome.value)


def is_stub(answer: Any) -> bool:
    """Whether an answer that is no function is still to be filled in: `...`, or nothing."""
    if isinstance(answer, str):
        lines = [line for line in answer.splitlines() if not line.strip().startswith("--")]
        return "".join(lines).strip() in ("", "...")
    return _has_dots(answer)


def _has_dots(value: Any) -> bool:
    """Whether `...` stands anywhere in a value."""
    if isinstance(value, Mapping):
        return any(map(_has_dots, value.values()))
    if isinstance(value, list | tuple | set | frozenset):
        return any(map(_has_dots, value))
    return isinstance(value, EllipsisType)


def is_learners(file: str) -> bool:
    """Whether code of this file was written by the learner."""
    return not file.startswith((*_OTHERS_CODE, "<frozen", "<string>", "<attrs"))


def _raised(error: BaseException, call: Callable[..., Any]) -> Raised:
    file, line = _last_line(error.__traceback__, call)
    names = (f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__)
    return Raised(tuple(names), str(error), file, line, _by_raise(error.__traceback__))


def _by_raise(trace: TracebackType | None) -> bool:
    """Whether the innermost step is a `raise` in the learner's own code."""
    while trace and trace.tb_next:
        trace = trace.tb_next
    if trace is None or not is_learners(trace.tb_frame.f_code.co_filename):
        return False
    return dis.opname[trace.tb_frame.f_code.co_code[trace.tb_lasti]] == "RAISE_VARARGS"


def _last_line(trace: TracebackType | None, call: Callable[..., Any]) -> tuple[str, int]:
    """The innermost line of the learner's own code; what called it is not."""
    steps = [(step.f_code, line) for step, line in traceback.walk_tb(trace)]
    for code, line in reversed(steps):
        if is_learners(code.co_filename) and code is not getattr(call, "__code__", None):
            return code.co_filename, line
    return "", 0
