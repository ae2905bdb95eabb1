"""How the browser's half of the widgets is written: small functions, and nothing left behind."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from eventsourcing_kit import widgets

FOLDER = Path(widgets.__file__).parent
SOURCES = sorted(FOLDER.rglob("*.js"))
LONGEST = 120  # lines of a function
NO_FUNCTION = {"if", "for", "while", "switch", "catch"}
# A comment, a text, a template without code in it, a regular expression: no brace in them counts.
# What begins with a slash is an expression where a value may begin.
SKIPPED = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'"""
    r"""|(?<=[(,=:\[!&|?{};])\s*/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/[a-z]*""",
    re.DOTALL,
)


def blank(found: re.Match[str]) -> str:
    """Spaces instead of what was found, its lines kept."""
    return re.sub(r"[^\n]", " ", found.group())


def bare(source: str) -> str:
    """The source without texts, comments and expressions; every line where it was."""
    code = SKIPPED.sub(blank, source)
    return re.sub(r"`(?:\\.|[^`\\])*`", blank, code, flags=re.DOTALL)


def lengths(source: str) -> Iterator[tuple[int, int]]:
    """The first line and the number of lines of every function with a body in braces."""
    code = bare(source)
    opened: list[tuple[int, bool]] = []
    for at, char in enumerate(code):
        if char == "{":
            opened.append((at, begins_function(code[:at].rstrip())))
        elif char == "}":
            start, is_function = opened.pop()
            if is_function:
                first = code.count("\n", 0, start) + 1
                yield first, code.count("\n", start, at) + 1
    assert not opened, "every brace is closed"


def begins_function(before: str) -> bool:
    """Whether a brace after this text begins the body of a function."""
    if before.endswith("=>"):
        return True
    if not before.endswith(")"):
        return False
    depth = 0
    for at in range(len(before) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(before[at], 0)
        if depth == 0:
            word = re.search(r"(\w+)\s*$", before[:at])
            return word is None or word.group(1) not in NO_FUNCTION
    return False


def calls(source: str, name: str) -> Iterator[str]:
    """Each call of a method, from the object to the closing parenthesis."""
    code = SKIPPED.sub(blank, source)
    for found in re.finditer(rf"[\w.]+\.{name}\(", code):
        depth, at = 1, found.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(code[at], 0)
            at += 1
        yield source[found.start() : at]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_function_can_be_seen_at_once(path: Path) -> None:
    found = list(lengths(path.read_text(encoding="utf-8")))
    assert found
    assert [(first, lines) for first, lines in found if lines > LONGEST] == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_what_listens_ends_with_the_view(path: Path) -> None:
    """Its own elements' listeners, which frame.js adds, are gone with them."""
    source = path.read_text(encoding="utf-8")
    assert list(calls(source, "off")) == [], "anywidget takes a view's listeners off"
    for call in calls(source, "addEventListener"):
        own = path.name == "frame.js" and call.startswith(("element.", "root."))
        assert "signal" in call or own, call


def test_the_reading_counts_what_it_should() -> None:
    source = "function f(a) {\n  if (a) {\n    return `}`; // }\n  }\n}\nconst g = () => {\n};\n"
    assert list(lengths(source)) == [(1, 5), (6, 2)]
    tricky = 'const parts = (text) => {\n  return text.split(/[{"`]/g);\n};'
    assert list(lengths(tricky)) == [(1, 3)]


def test_all_of_it_stays_small() -> None:
    """What the browser gets for all widgets, in lines: DESIGN.md's bound, and the styles."""
    texts = [path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.[jc]s*")]
    assert sum(text.count("\n") for text in texts) <= 7_900
