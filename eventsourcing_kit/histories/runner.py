"""Runs what a learner wrote in Python as a program that speaks JSON lines.

`python runner.py FILE FOLDER`: a request a line on standard input, a reply a line on standard
output. FILE defines a class `Store`, or functions; FOLDER is where it may keep files. It stands
alone, on the standard library, so that it starts in a few milliseconds.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

CONFLICTS = ("Conflict", "WrongExpectedVersion")  # names of a class that says "somebody was first"
ASKED = {
    "append": ("stream", "events", "expected", "id"),
    "read": ("stream",),
    "balance": ("stream",),
    "project": ("events",),
    "balances": (),
}


def main(path: str, folder: str) -> None:
    """Answer requests until there are no more."""
    replies, sys.stdout = sys.stdout, sys.stderr  # what the learner prints is no reply
    del sys.path[0]  # this folder: its modules are not the learner's
    death = Death(folder)
    store = opened(loaded(path), folder)
    for line in sys.stdin:
        request = json.loads(line)
        death.at = request.get("dies", 0)
        reply = answer(store, request)
        death.at = 0
        replies.write(json.dumps(reply, default=vars) + "\n")
        replies.flush()


def loaded(path: str) -> Any:
    """What the file defines; a file that ends in .pickle holds a class of a notebook."""
    if path.endswith(".pickle"):
        import cloudpickle

        return SimpleNamespace(Store=cloudpickle.loads(Path(path).read_bytes()))
    sys.path.insert(0, str(Path(path).parent))
    spec = importlib.util.spec_from_file_location("store", path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules["store"] = module
    spec.loader.exec_module(module)
    return module


def opened(module: Any, folder: str) -> Any:
    """The learner's store on this folder: a `Store(folder)`, or functions that `start` knows."""
    if hasattr(module, "Store"):
        return module.Store(folder)
    if hasattr(module, "start"):
        module.start(folder)
    return module


def answer(store: Any, request: dict[str, Any]) -> dict[str, Any]:
    """The reply to a request: what the method of its name returns, or raises."""
    op = request["op"]
    method: Callable[..., Any] | None = getattr(store, op, None)
    if method is None:
        return {"call": request["call"], "ok": False, "error": "unknown op"}
    try:
        value = method(*(request[name] for name in ASKED[op]))
    except Exception as error:
        reply = _refusal(error)
    else:
        reply = value if isinstance(value, dict) and "ok" in value else _said(op, value)
    return {"call": request["call"], **reply}


def _said(op: str, value: Any) -> dict[str, Any]:
    names = {"append": "version", "read": "events", "balance": "balance", "balances": "balances"}
    return {"ok": True, **({names[op]: value} if op in names else {})}


def _refusal(error: Exception) -> dict[str, Any]:
    if type(error).__name__ in CONFLICTS:
        return {"ok": False, "error": "conflict", "version": _version_of(error)}
    where, trace = "", error.__traceback__
    theirs = (
        ""  # the file of the method that was called; a library's line would tell nobody anything
    )
    while trace:
        file = trace.tb_frame.f_code.co_filename
        if file != __file__ and file == (theirs := theirs or file):
            where = f", line {trace.tb_lineno}"
        trace = trace.tb_next
    return {"ok": False, "error": f"{type(error).__name__}: {error}{where}"}


def _version_of(conflict: Exception) -> Any:
    """The stream's version, where one would put it: as an attribute, or as the last argument."""
    for name in ("version", "actual"):
        if hasattr(conflict, name):
            return getattr(conflict, name)
    return conflict.args[-1] if conflict.args else None


class Death:
    """Ends the process when it has opened its `at`-th file for writing, as a kill there would.

    An opening that empties the file has then emptied it: that is what a crash between it and the
    first write leaves.
    """

    def __init__(self, folder: str) -> None:
        self.at = 0
        self._folder = os.path.realpath(folder)
        sys.addaudithook(self._hear)

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.at or event != "open" or not isinstance(args[0], str | bytes | os.PathLike):
            return
        flags = args[2] if isinstance(args[2], int) else 0
        path = os.fsdecode(args[0])
        if not flags & (os.O_WRONLY | os.O_RDWR) or not self._is_ours(path):
            return
        self.at -= 1
        if not self.at:
            if flags & os.O_CREAT or flags & os.O_TRUNC:
                os.close(os.open(path, flags, 0o666))
            os._exit(137)

    def _is_ours(self, path: str) -> bool:
        return os.path.realpath(path).startswith(self._folder)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
