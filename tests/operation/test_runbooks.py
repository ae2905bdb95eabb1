"""A page for each thing that can be wrong: the same parts in each, and every check leads to one."""

import re
from pathlib import Path

import pytest

from eventsourcing_kit.operation import RULES
from tests.notebooks.hygiene import dead_links, rendered
from tests.prose import one_sentence_a_line

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "data" / "runbooks").glob("*.md"))
PARTS = ["What you see", "Look in this order", "Do", "Do not", "It is over when"]

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


def test_there_is_one_for_each_thing_that_can_be_wrong() -> None:
    assert [page.stem for page in PAGES] == [
        "bad_deploy",
        "lag_grows",
        "poison_event",
        "restored_backup",
        "store_down",
        "store_full",
    ]


@each_page
def test_it_has_all_parts_in_order(page: Path) -> None:
    text = page.read_text("utf-8")
    assert re.findall("^# (.+)$", text, re.M)
    assert [part for part in re.findall("^## (.+)$", text, re.M) if part in PARTS] == PARTS
    order = text.partition("## Look in this order")[2].partition("##")[0]
    assert re.findall(r"^(\d)\.", order, re.M) == ["1", "2", "3", "4", "5"][: order.count("?**")]
    assert order.count("?**") >= 3


@each_page
def test_it_reads_as_our_prose(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text.split("\n") == one_sentence_a_line(text).split("\n")
    assert list(dead_links(page, rendered(text))) == []


@each_page
def test_what_it_names_is_there(page: Path) -> None:
    import eventsourcing_kit as es

    for name in re.findall(r"`es\.([\w.]+)`", page.read_text("utf-8")):
        found: object = es
        for part in name.split("."):
            found = getattr(found, part)


def test_checks_and_alarms_lead_to_pages_that_are_there() -> None:
    source = (ROOT / "eventsourcing_kit" / "operation" / "health.py").read_text("utf-8")
    stems = {page.stem for page in PAGES}
    named = {rule.runbook for rule in RULES} | {
        word for word in re.findall(r'"([a-z]+_[a-z]+)"', source) if "_" in word
    }
    assert named <= stems
    assert named >= {"lag_grows", "poison_event", "store_down", "store_full", "restored_backup"}
