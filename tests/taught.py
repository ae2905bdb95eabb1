"""What a chapter teaches, to be used in a test: definitions out of its committed notebook."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat

import eventsourcing_kit as es

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
IMPORTS = (ast.Import, ast.ImportFrom)


def taught(chapter: int, *names: str, **given: Any) -> ModuleType:
    """The notebook's own functions, classes and constants of these names, and what they use.

    Its imports are run, and the cells that define what is asked for; nothing else is. `given`
    stands in for what the notebook has under these names: another bank, another account. Where a
    name is bound more than once, the first counts. Raises LookupError for one that is not there.
    """
    statements = _statements(chapter)
    bound = {name: node for node in reversed(statements) for name in _binds(node) if name != "_"}
    if missing := set(names) - bound.keys():
        raise LookupError(f"chapter {chapter} no longer defines {', '.join(sorted(missing))}")
    wanted = _with_all_that_they_use(set(names), bound, set(given))
    run = [node for node in statements if isinstance(node, IMPORTS) or node in wanted]
    module = ModuleType(f"chapter_{chapter:02}")
    sys.modules[module.__name__] = module  # where dataclasses look for what they belong to
    vars(module).update(es=es, **given)
    exec(compile(ast.Module(run, []), f"chapter {chapter:02}", "exec"), vars(module))
    return module


def _statements(chapter: int) -> list[ast.stmt]:
    """All that the notebook's code cells say at the top level; an answer to be filled in is not."""
    [path] = NOTEBOOKS.glob(f"{chapter:02}_*.ipynb")
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if _is_shown(cell)]
    return [node for source in cells for node in ast.parse(source).body]


def _is_shown(cell: Any) -> bool:
    return cell.cell_type == "code" and ".check(" not in cell.source


def _binds(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        names = [one for target in node.targets for one in ast.walk(target)]
        return [one.id for one in names if isinstance(one, ast.Name)]
    return []


def _with_all_that_they_use(
    names: set[str], bound: dict[str, ast.stmt], given: set[str]
) -> set[ast.stmt]:
    found: set[ast.stmt] = set()
    while names:
        node = bound[names.pop()]
        if node not in found:
            found.add(node)
            names |= (_uses(node) & bound.keys()) - given
    return found


def _uses(node: ast.stmt) -> set[str]:
    """The names that it reads and does not set itself."""
    inside = list(ast.walk(node))
    own = {one.arg for one in inside if isinstance(one, ast.arg)}
    own |= {one.id for one in inside if isinstance(one, ast.Name) and _is_set(one)}
    return {one.id for one in inside if isinstance(one, ast.Name)} - own


def _is_set(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)
