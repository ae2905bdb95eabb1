"""A page is read as it was written, or refused with its name and line."""

from __future__ import annotations

from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from eventsourcing_kit.errors import InvalidInput
from eventsourcing_kit.exercises import BadPage, Wrong, pages

GOOD = """\
---
title: "Fold: the balance"
minutes: 4
difficulty: 1
importance: 3
answer: evolve
---

Write `evolve(balance, event)`.
It is called for each event:

| event | effect |
| --- | --- |
| `Paid` | more |

- a deposit
  or interest adds
- a fee takes

```sql
# Hints
SELECT 1;

SELECT 2
```

# Stub

```python
def evolve(balance, event):
    return ...
```

# Hints

- Begin with the fee.
  What comes back?
- `match event:`

# Solution

```python
# Wrong answers
def evolve(balance, event):
    return balance
```

It is so.
A fee is none.

# Wrong answers

You gave nothing back.
Give the balance.

```python
def evolve(balance, event):
    pass
```

You added it.

```python
def evolve(balance, event):
    return balance + 1
```
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "04" / "evolve_balance.md"


def read(path: Path, text: str) -> pages.Page:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    return pages.read(path)


def test_all_that_a_page_says_is_read(path: Path) -> None:
    page = read(path, GOOD)
    assert vars(page) == {
        "name": "evolve_balance",
        "title": "Fold: the balance",
        "minutes": 4,
        "difficulty": 1,
        "importance": 3,
        "answer": "evolve",
        "prompt": (
            "Write `evolve(balance, event)`. It is called for each event:\n\n"
            "| event | effect |\n| --- | --- |\n| `Paid` | more |\n\n"
            "- a deposit or interest adds\n- a fee takes\n\n"
            "```sql\n# Hints\nSELECT 1;\n\nSELECT 2\n```"
        ),
        "stub": "def evolve(balance, event):\n    return ...",
        "hints": ("Begin with the fee. What comes back?", "`match event:`"),
        "reference": "# Wrong answers\ndef evolve(balance, event):\n    return balance",
        "why": "It is so. A fee is none.",
        "wrong_answers": (
            Wrong(
                "You gave nothing back. Give the balance.",
                "def evolve(balance, event):\n    pass",
            ),
            Wrong("You added it.", "def evolve(balance, event):\n    return balance + 1"),
        ),
    }


@pytest.mark.parametrize(
    ("old", "new", "at", "said"),
    [
        ('---\ntitle: "', 'title: "', "title", "front matter"),
        ("answer: evolve\n---\n", "answer: evolve\n", "---", "front matter"),
        ("minutes: 4", "minutes: [", "importance", "not YAML"),
        ("minutes: 4\n", "", "---", "missing required field `minutes`"),
        ("minutes: 4", "minutes: four", "minutes", "Expected `int`"),
        ("minutes: 4", "minutes: 0", "minutes", ">= 1"),
        ("difficulty: 1", "difficulty: 4", "difficulty", "<= 3"),
        ("importance: 3", "importnace: 3", "importnace", "unknown field `importnace`"),
        ("# Stub\n\n", "# Stump\n\n", "# Stump", "# Stub belongs where # Stump stands"),
        ("# Hints\n\n-", "## Hints\n\n-", "# Stub", "here belongs one fence of code"),
        (
            "# Wrong answers\n\nYou",
            "You",
            "```python",
            "the part # Wrong answers is missing after this",
        ),
        ("# Hints\n\n-", "# Stub\n\n-", "# Stub", "# Hints belongs where # Stub stands"),
        ("    return balance + 1\n```\n", "\n```\n\n# More\n", "# More", "nothing more belongs"),
        ("# Stub\n\n```python\ndef", "# Stub\n\ndef", "```", "this fence names no language"),
        ("# Stub\n\n```python", "# Stub\n\n```", "```", "this fence names no language"),
        ("return ...\n```", "return ...\n```\n\nAnd so on.", "# Stub", "one fence of code"),
        ("- Begin with", "Begin with", "Begin with", "the hints are a list"),
        ("\n  What comes", "\n\nWhat comes", "# Hints", "here belongs a list"),
        ("It is so.\nA fee is none.\n", "", "# Solution", "code, and then why it is so"),
        ("You added it.\n", "", "# Wrong", "a sentence and then code, in turn"),
        ("return balance + 1\n```", "return balance + 1", "```python", "or does not end"),
    ],
)
def test_a_broken_page_is_refused(path: Path, old: str, new: str, at: str, said: str) -> None:
    assert GOOD.count(old) == 1
    with pytest.raises(BadPage) as caught:
        read(path, GOOD.replace(old, new))
    line = caught.value.line
    assert said in caught.value.problem
    assert GOOD.replace(old, new).splitlines()[line - 1].startswith(at)
    assert caught.value.path == path
    assert str(caught.value).startswith(f"04/evolve_balance.md, line {line}: ")
    assert isinstance(caught.value, InvalidInput)


def test_a_prompt_is_asked_for(path: Path) -> None:
    start, end = GOOD.index("Write"), GOOD.index("# Stub\n\n```")
    with pytest.raises(BadPage, match="line 7: here belongs a prompt"):
        read(path, GOOD[:start] + GOOD[end:])


def test_a_page_that_is_not_there_is_told_by_name(path: Path) -> None:
    with pytest.raises(BadPage, match=r"04/evolve_balance\.md, line 1: cannot be read"):
        pages.read(path)


def test_a_page_that_is_no_text_is_refused(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"---\ntitle: \xff\n---\n")
    with pytest.raises(BadPage, match="line 1: cannot be read"):
        pages.read(path)


LINES = GOOD.splitlines()
places = st.integers(0, len(LINES) - 1)


@settings(max_examples=60)
@given(places, places, st.sampled_from(["", "text", "# Stub", "# Else", "```", "```sql", "- one"]))
def test_whatever_is_done_to_a_page_it_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, place: int, other: int, line: str
) -> None:
    lines = [*LINES[:place], line, *LINES[place + 1 :]]
    lines[other], lines[place] = lines[place], lines[other]
    path = tmp_path_factory.getbasetemp() / "changed.md"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    refused = None
    try:
        found = pages.read(path)
    except BadPage as error:
        refused = error
    assert 1 <= refused.line <= len(lines) if refused else found.hints and found.wrong_answers


sentence = st.text("aé `#-*|1.→", max_size=12).map(lambda text: f"a{text}".rstrip())
code = st.lists(st.text("ab #-'\" \t`", max_size=6).filter(lambda x: "```" not in x), max_size=4)


@settings(max_examples=60)
@given(
    st.lists(sentence, min_size=1, max_size=4),
    code.map("\n".join),
    st.lists(st.lists(sentence, min_size=1, max_size=3), min_size=1, max_size=3),
)
def test_a_page_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory,
    prose: list[str],
    stub: str,
    hints: list[list[str]],
) -> None:
    text = GOOD.replace("It is so.\nA fee is none.", "\n".join(prose))
    text = text.replace("def evolve(balance, event):\n    return ...", stub)
    before, _, rest = text.partition("- Begin")
    text = before + "\n".join("- " + "\n  ".join(hint) for hint in hints)
    text += rest[rest.index("\n\n# Solution") :]
    path = tmp_path_factory.getbasetemp() / "written.md"
    path.write_text(text, "utf-8")
    page = pages.read(path)
    assert page.why == " ".join(prose)
    assert page.stub == stub
    assert page.hints == tuple(map(" ".join, hints))


class TestFolder:
    def test_it_is_beside_the_package(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert pages.folder() == Path(__file__).parents[2] / "data" / "exercises"

    def test_an_installed_kit_finds_it_beside_the_notebooks(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "notebooks").mkdir()
        (tmp_path / "data" / "exercises").mkdir(parents=True)
        self.install(tmp_path, monkeypatch)
        assert pages.folder() == tmp_path / "data" / "exercises"

    def test_where_it_is_nowhere_the_error_says_what_to_do(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "notebooks").mkdir()
        self.install(tmp_path, monkeypatch)
        with pytest.raises(InvalidInput, match="Clone the whole project"):
            pages.folder()

    def test_the_environment_can_say_where(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("EVENTSOURCING_KIT_EXERCISES", str(tmp_path))
        assert pages.folder() == tmp_path

    def install(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """As if the package lay in site-packages, and one worked in the folder notebooks."""
        module = tmp_path / "lib" / "site-packages" / "eventsourcing_kit" / "exercises" / "pages.py"
        monkeypatch.setattr(pages, "__file__", str(module))
        monkeypatch.chdir(tmp_path / "notebooks")
