"""Code in colours: every piece has its kind, and the pieces are the code."""

from __future__ import annotations

import pytest

from eventsourcing_kit.interview.colours import coloured
from eventsourcing_kit.interview.corpus import Bug, load


def joined(code: str, language: str) -> str:
    return "\n".join("".join(text for _, text in line) for line in coloured(code, language))


@pytest.mark.parametrize("bug", load().bugs, ids=lambda bug: bug.id)
def test_nothing_is_lost_or_added(bug: Bug) -> None:
    assert joined(bug.code, bug.language) == bug.code
    assert joined(bug.cure, bug.language) == bug.cure


@pytest.mark.parametrize("language", ["python", "sql", "", "latin"])
@pytest.mark.parametrize(
    "code", ["", "\n\n", "  x", "'open\nstring", 'a = """\nb\n"""\n', "\x00 é 🦆"]
)
def test_what_is_no_program_is_kept_as_it_is(code: str, language: str) -> None:
    assert joined(code, language) == code


def test_python_has_its_kinds() -> None:
    [line] = coloured("def pay(): return 'x' + 1  # why", "python")
    kinds = {text: kind for kind, text in line}
    assert (kinds["def"], kinds["pay"], kinds["1"]) == ("keyword", "name", "number")
    assert (kinds["# why"], kinds["return"]) == ("comment", "keyword")


def test_sql_has_its_kinds() -> None:
    [line] = coloured("SELECT 'x' FROM events -- why", "sql")
    kinds = {text.strip(): kind for kind, text in line}
    assert (kinds["SELECT"], kinds["'x'"], kinds["-- why"]) == ("keyword", "string", "comment")
