"""The page of an exercise, data/exercises/NN/name.md: what a learner reads of it.

A page has front matter, then the prompt, then four parts under headings, in this order: the stub;
the hints, a list; the solution and why it is so; the wrong answers, each a sentence that teaches
and then the code. A line break inside of a paragraph is a space.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Annotated

import msgspec
import yaml
from msgspec import Meta

from ..errors import InvalidInput


class BadPage(InvalidInput):
    """A page that cannot be used: `path` and `line` say where, `problem` what is wrong there."""

    def __init__(self, path: Path, line: int, problem: str) -> None:
        super().__init__(f"{'/'.join(path.parts[-2:])}, line {line}", problem)
        self.path = path
        self.line = line


@dataclass(frozen=True)
class Wrong:
    """A wrong answer that people give, and what teaches them better."""

    message: str
    code: str


@dataclass(eq=False)
class Page:
    """What an exercise says.

    `stub`, `reference` and each wrong answer's code are whole cells of Python that define
    `answer`. `why` explains the reference. `difficulty` and `importance`, how likely and how
    telling it is in an interview, go from 1 to 3.
    """

    name: str
    title: str
    minutes: int
    difficulty: int
    importance: int
    answer: str
    prompt: str
    stub: str
    hints: tuple[str, ...]
    reference: str
    why: str
    wrong_answers: tuple[Wrong, ...]


class Front(msgspec.Struct, forbid_unknown_fields=True):
    """The front matter."""

    title: Annotated[str, Meta(min_length=1)]
    minutes: Annotated[int, Meta(ge=1)]
    difficulty: Annotated[int, Meta(ge=1, le=3)]
    importance: Annotated[int, Meta(ge=1, le=3)]
    answer: Annotated[str, Meta(min_length=1)]


def folder() -> Path:
    """Where the pages lie: data/exercises beside the package or beside the folder that one works
    in, or where the environment variable EVENTSOURCING_KIT_EXERCISES says.

    Raises InvalidInput where there are none, as after an install without the project's files.
    """
    if named := os.environ.get("EVENTSOURCING_KIT_EXERCISES"):
        return Path(named)
    for root in (Path(__file__).parents[2], Path.cwd().parent):
        if (pages := root / "data" / "exercises").is_dir():
            return pages
    raise InvalidInput(
        "exercises",
        f"their pages are neither in {Path(__file__).parents[2]} nor in {Path.cwd().parent}, under "
        "data/exercises. Clone the whole project and work in its folder notebooks, or say in the "
        "environment variable EVENTSOURCING_KIT_EXERCISES where the pages are",
    )


@dataclass(frozen=True)
class Block:
    """A heading, a fence ("code") or a paragraph, list or table ("prose")."""

    line: int
    kind: str
    text: str
    source: str  # with the fence around code


# The parts in order; what each is made of (c is code, p is prose), and that in words.
_PARTS = {
    "": ("p[pc]*", "a prompt"),
    "Stub": ("c", "one fence of code"),
    "Hints": ("p", "a list, each hint after a hyphen"),
    "Solution": ("cp[pc]*", "code, and then why it is so"),
    "Wrong answers": ("(pc)+", "a sentence and then code, in turn"),
}
_FRONT = re.compile(r"---\n(.*?)^---\n", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(
    r"""^```\w+\n(?P<code>(?:(?!```).*\n)*)```$
    | ^\#[ ](?P<heading>.+)$
    | ^(?P<unended>```.*)$
    | (?P<prose>^(?!```|\#[ ]).*\S.*(?:\n(?!```|\#[ ]).*\S.*)*)""",
    re.MULTILINE | re.VERBOSE,
)
_SOFT_BREAK = re.compile(r"\n *(?![-*+>] |\d+\. |[| ])")


def read(path: Path) -> Page:
    """The page in a file. Raises BadPage if it lacks a part, or has one that is unknown."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadPage(path, 1, f"cannot be read: {error}") from None
    front = _FRONT.match(text)
    if not front:
        raise BadPage(path, 1, "does not begin with front matter between two lines of ---")
    about = _about(path, front[1])
    prompt, stub, hints, solution, wrong = _parts(path, list(_blocks(path, text, front.end())))
    if not all(line.startswith("- ") for line in hints[0].text.splitlines()):
        raise BadPage(path, hints[0].line, f"the hints are {_PARTS['Hints'][1]}")
    return Page(
        path.stem,
        **msgspec.structs.asdict(about),
        prompt="\n\n".join(block.source for block in prompt),
        stub=stub[0].text,
        hints=tuple(line[2:] for line in hints[0].text.splitlines()),
        reference=solution[0].text,
        why="\n\n".join(block.source for block in solution[1:]),
        wrong_answers=tuple(
            Wrong(said.text, code.text) for said, code in zip(wrong[::2], wrong[1::2], strict=True)
        ),
    )


def _about(path: Path, front: str) -> Front:
    try:
        return msgspec.convert(yaml.safe_load(front), Front)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise BadPage(path, line, f"is not YAML: {error.problem}") from None
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        name = re.search(r"`\$\.(\w+)`|field `(\w+)`$", str(error))
        place = name and re.search(rf"^{name[1] or name[2]}:", front, re.MULTILINE)
        line = front.count("\n", 0, place.start()) + 2 if place else 1
        raise BadPage(path, line, str(error)) from None


def _blocks(path: Path, text: str, start: int) -> Iterator[Block]:
    yield Block(text.count("\n", 0, start), "heading", "", "")  # the prompt has none of its own
    for found in _BLOCK.finditer(text, start):
        kind, line = str(found.lastgroup), text.count("\n", 0, found.start()) + 1
        if kind == "unended":
            raise BadPage(path, line, "this fence names no language, or does not end")
        if kind == "code":
            yield Block(line, kind, found[kind].removesuffix("\n"), found[0])
        else:
            joined = _SOFT_BREAK.sub(" ", found[kind])
            yield Block(line, kind, joined, joined)


def _parts(path: Path, blocks: list[Block]) -> Iterator[list[Block]]:
    """The blocks of each part, without its heading."""
    starts = [n for n, block in enumerate(blocks) if block.kind == "heading"]
    for start, end, wanted in zip_longest(starts, starts[1:], _PARTS):
        if start is None:
            raise BadPage(path, blocks[-1].line, f"the part # {wanted} is missing after this")
        if blocks[start].text != wanted:
            instead = f"# {wanted}" if wanted else "nothing more"
            found = f"# {blocks[start].text}"
            raise BadPage(path, blocks[start].line, f"{instead} belongs where {found} stands")
        part = blocks[start + 1 : end]
        shape, words = _PARTS[wanted]
        if not re.fullmatch(shape, "".join(block.kind[0] for block in part)):
            raise BadPage(path, blocks[start].line, f"here belongs {words}")
        yield part
