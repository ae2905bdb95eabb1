"""The pages that tell of the house are true of it: paths, commands, links, floors, sizes."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notebooks.hygiene import dead_links, rendered
from tests.prose import one_sentence_a_line
from tests.test_imports import FLOORS

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "eventsourcing_kit"
README, DESIGN = ROOT / "README.md", ROOT / "DESIGN.md"
TOLD = [README, DESIGN, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "facts").glob("*.md"))]
PAGES = [*TOLD, ROOT / "GUARANTEES.md"]

CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)
PATH = re.compile(r"`((?!build/|my_notebooks/|data/berka/)[\w./-]+(?:/|\.(?:py|md|js|jsonl|yml)))`")
ROW = re.compile(r"^\| (`.*?) \| ([\d,]+) \| ([\d,]+) \|$", re.MULTILINE)
PARTS = [file.relative_to(PACKAGE) for file in PACKAGE.rglob("*") if file.is_file()]
SUITE = "stores/conformance"

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def lines(part: str) -> int:
    """What there is of a part, in lines: of all files that its names begin."""
    names = tuple(re.findall("`(.*?)`", part)) or ("",)
    files = [file for file in PARTS if file.as_posix().startswith(names)]
    if "without its suite" in part:
        files = [file for file in files if not file.as_posix().startswith(SUITE)]
    suffix = ".js" if "JavaScript" in part else ".py"
    return sum(
        len((PACKAGE / file).read_bytes().splitlines()) for file in files if file.suffix == suffix
    )


def told(page: Path) -> Iterator[tuple[str, int, int]]:
    """The rows of a page's tables that tell a size: the part, its lines, the third cell."""
    for part, size, third in ROW.findall(page.read_text("utf-8")):
        yield part, int(size.replace(",", "")), int(third.replace(",", ""))


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    assert list(dead_links(page, rendered(page.read_text("utf-8")))) == []


@pytest.mark.parametrize("page", [*PAGES, *sorted((ROOT / "data").glob("**/README.md"))], ids=str)
def test_prose_has_one_sentence_a_line(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text.split("\n") == one_sentence_a_line(text).split("\n")


@pytest.mark.parametrize("page", [README, DESIGN], ids=lambda page: page.name)
def test_paths_are_there(page: Path) -> None:
    """A path may begin at the root, in the package, or with a name that only one folder has."""
    named = PATH.findall(page.read_text("utf-8"))
    assert len(named) > 10
    missing = [path for path in named if not (ROOT / path).exists()]
    missing = [path for path in missing if not list(PACKAGE.rglob(path.rstrip("/")))]
    assert not [path for path in missing if not list((ROOT / "data").rglob(path.rstrip("/")))]


def test_commands_are_there_and_all_are_told() -> None:
    targets = set(re.findall(r"^([a-z]+):.* ## ", (ROOT / "Makefile").read_text("utf-8"), re.M))
    for page in PAGES:
        code = "\n".join(CODE.findall(page.read_text("utf-8")))
        assert set(re.findall(r"\bmake ([a-z]+)", code)) <= targets, page.name
    told_of = set(re.findall(r"`make ([a-z]+)", README.read_text("utf-8")))
    told_of |= set(re.findall(r"^make ([a-z]+)", README.read_text("utf-8"), re.M))
    assert told_of >= targets - {"help"}


def test_floors_are_those_of_the_imports() -> None:
    assert "\n".join(FLOORS) in DESIGN.read_text("utf-8")


def test_sizes_are_true_within_a_tenth() -> None:
    rows = list(told(DESIGN))
    assert len(rows) > 20
    off = [(part, size, lines(part)) for part, size, _ in rows]
    assert not [row for row in off if abs(row[1] - row[2]) > row[2] / 10]
    whole = [
        int(number.replace(",", ""))
        for page in (README, DESIGN)
        for number in re.findall(r"([\d,]+) lines of Python", page.read_text("utf-8"))
    ]
    assert len(whole) == 2
    assert all(abs(size - lines("")) <= lines("") / 10 for size in whole)


def test_no_part_is_over_its_bound() -> None:
    sizes = DESIGN.read_text("utf-8").partition("### Sizes")[2].partition("###")[0]
    bounds = ROW.findall(sizes)
    assert bounds
    assert not [part for part, _, most in bounds if lines(part) > int(most.replace(",", ""))]
    named = tuple(name for part, _, _ in bounds for name in re.findall("`(.*?)`", part))
    code = [file.as_posix() for file in PARTS if file.suffix == ".py"]
    assert not [file for file in code if not file.startswith(named)]
