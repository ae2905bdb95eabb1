"""A cell of code, run outside a notebook: what it defines, with lines that a traceback can show."""

from __future__ import annotations

import linecache
from typing import Any


def run_cell(code: str, file: str, setup: str = "") -> dict[str, Any]:
    """All names after the cell has run behind `setup`. Raises what the code raises.

    `file` is the name under which a traceback finds the code.
    """
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    names: dict[str, Any] = {"__name__": "answer"}
    exec(setup, names)
    exec(compile(code, file, "exec", dont_inherit=True), names)  # a cell has its own futures
    return names
