"""Say it, then show it: for a card whose claim can be run, the cell that runs it.

A claim is a file in data/interview/show with its card's name: a docstring that says what is shown,
code, and as comments at its end what it prints. Where the claim has a contrary, the cell shows both
sides, so that it could fail.
"""

from __future__ import annotations

import ast
import io
import re
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..errors import InvalidInput
from ..exercises.cell import run_cell
from .corpus import folder

_PRINTS = "\n# It prints:\n"
_NEEDS = re.compile(r"^# Needs: (\w+)\n", re.M)


@dataclass(frozen=True)
class Claim:
    """A cell that shows what the card of this id claims; `says` is that claim in a sentence.

    `prints` is what it printed when it was written; `needs` is "postgres" or "jetstream" where it
    starts a private server, otherwise "".
    """

    id: str
    says: str
    code: str
    prints: str
    needs: str = ""


@dataclass(frozen=True)
class Shown:
    """A claim that has been run. Where the cell raised, `output` ends with the error's words."""

    says: str
    code: str
    output: str

    def __repr__(self) -> str:
        return f"{self.says}\n\n{self.code}\n\n{self.output}"

    def _repr_markdown_(self) -> str:
        return (
            f"**{self.says}**\n\n```python\n{self.code}\n```\n\nIt prints:\n\n"
            f"```text\n{self.output}\n```"
        )


def show(name: str) -> Shown:
    """Run the claim of a card, in names of its own. Raises InvalidInput if it has none."""
    found = by_card()
    if name not in found:
        raise InvalidInput("card", f"{name!r} has no cell to run; es.interview.shows() has them")
    return run(found[name])


def run(claim: Claim) -> Shown:
    """The claim with what it prints; an error, a missing server's for one, is part of that."""
    printed = io.StringIO()
    with redirect_stdout(printed), redirect_stderr(io.StringIO()):  # no progress bars
        try:
            run_cell(claim.code, f"<show {claim.id}>")
        except Exception as error:
            print(f"{type(error).__name__}: {error}")  # noqa: T201 - into `printed`
    return Shown(claim.says, claim.code, printed.getvalue().rstrip())


def by_card() -> dict[str, Claim]:
    """All claims of the bank, by the ids of their cards. Raises InvalidInput for a broken file."""
    return _read(folder() / "show")


@cache
def _read(folder: Path) -> dict[str, Claim]:
    return {path.stem: parse(path) for path in sorted(folder.glob("*.py"))}


def parse(path: Path) -> Claim:
    """The claim in a file. Raises InvalidInput if a part of it is missing."""
    code, found, printed = path.read_text(encoding="utf-8").rstrip().partition(_PRINTS)
    try:
        says = ast.get_docstring(ast.parse(code)) or ""
    except SyntaxError as error:
        raise InvalidInput("bank", f"{path.name} cannot be used: {error}") from None
    if not says or not found:
        raise InvalidInput("bank", f"{path.name} says not what it shows, or not what it prints")
    needs = _NEEDS.search(code)
    body = _NEEDS.sub("", code.partition('"""\n')[2]).strip()
    prints = "\n".join(line.removeprefix("#").removeprefix(" ") for line in printed.split("\n"))
    return Claim(path.stem, " ".join(says.split()), body, prints, needs[1] if needs else "")
