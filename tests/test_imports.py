"""Imports run one way, from an upper floor down, and in no circle of files.

Those inside functions count, and those for type checking alone.
"""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

PACKAGE = "eventsourcing_kit"
ROOT = Path(__file__).parents[1] / PACKAGE
FLOORS = [  # each stands on those before it; who shares a floor may use each other
    "errors sql_text bars past_tense telemetry",
    "servers capacity cluster_runs",
    "event codec",
    "decider",
    "banking",
    "stores",
    "handling jsonl",
    "replay projections snapshots upcasting schedules processes systems integrity access histories",
    "banking.berka banking.hafenbank",
    "critique drawing widgets journal operation",
    "exercises interview",
    "progress",
]


def name_of(path: Path) -> str:
    *folders, file = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(folders if file == "__init__" else [*folders, file])


FILES = {name_of(path): path for path in ROOT.rglob("*.py")}


def imports(name: str) -> set[str]:
    """The package's own modules that a file names, wherever in it; "" is the package's root."""
    package = name.split(".") if FILES[name].name == "__init__.py" else name.split(".")[:-1]
    named = set()
    for node in ast.walk(ast.parse(FILES[name].read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = [PACKAGE, *filter(None, package)][: len(package) + 2 - node.level]
            base = ".".join([*(above if node.level else []), *filter(None, [node.module])])
            names = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        for one in names:
            inner = one.removeprefix(PACKAGE).removeprefix(".")
            if one.startswith(PACKAGE):
                named.add(inner if inner in FILES else inner.rpartition(".")[0])
    return named - {name}


def floor(name: str) -> int:
    """The number of a module's floor; the root and what is run by its name are the roof."""
    if name.endswith("__main__"):
        return len(FLOORS)
    rooms = {room: number for number, rooms in enumerate(FLOORS) for room in rooms.split()}
    return rooms.get(name, rooms.get(name.partition(".")[0], len(FLOORS)))


ARROWS = {(name, module) for name in FILES for module in imports(name)}


def test_imports_run_from_an_upper_floor_down() -> None:
    up = [(a, b) for a, b in ARROWS if floor(b) > floor(a) and not b.startswith(f"{a}.")]
    assert not up  # but for a folder that names what is in it


def test_there_is_no_circle_of_files() -> None:
    sorter = TopologicalSorter[str]()
    for importer, module in ARROWS:
        sorter.add(importer, module)
    sorter.prepare()
