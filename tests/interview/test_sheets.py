"""A design case on its sheet: the prompt is read, all else is opened part by part."""

from __future__ import annotations

import re

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.interview.corpus import Case, load
from eventsourcing_kit.interview.sheets import CaseSheet

CASES = load().cases
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


def shown(case: Case) -> tuple[str, dict[str, str]]:
    """What stands there at once, and what each part has that opens, by its name."""
    markdown = CaseSheet(case)._repr_mimebundle_()["text/markdown"]
    folded = r"<details><summary>(.*?)</summary>\n\n(.*?)\n\n</details>"
    parts = dict(re.findall(folded, markdown, re.DOTALL))
    return re.sub(folded, "", markdown, flags=re.DOTALL), parts


@every_case
def test_the_prompt_stands_alone(case: Case) -> None:
    at_once, _ = shown(case)
    assert at_once.strip() == f"## {case.title}\n\n{case.prompt}".strip()


@every_case
def test_each_part_has_its_own(case: Case) -> None:
    _, parts = shown(case)
    questions, numbers, events, drawn, design, trade_offs, more, rubric = parts.values()
    assert all(one.ask in questions for one in case.clarify)
    assert all(one.result in numbers for one in case.numbers)
    assert all(one.type in events for one in case.events)
    assert all(rule in events for rule in case.invariants)
    assert case.diagram.words in drawn
    assert case.design.wrap_up.strip() in design
    assert all(one.because in trade_offs for one in case.trade_offs)
    assert all(one.question in more for one in case.follow_ups)
    assert case.rubric.depth.strong in rubric


@every_case
def test_no_part_gives_the_next_one_away(case: Case) -> None:
    _, parts = shown(case)
    questions, numbers, *_ = parts.values()
    assert not any(one.how in questions for one in case.numbers)
    assert not any(one.data in questions + numbers for one in case.events)


def test_in_plain_python_it_is_the_prompt() -> None:
    [case, *_] = CASES
    assert repr(es.interview.case(case.id)) == f"Case {case.id}: {case.title}\n\n{case.prompt}"


@every_case
def test_the_parts_are_attributes_too(case: Case) -> None:
    sheet = CaseSheet(case)
    _, parts = shown(case)
    questions, numbers, events, _, design, *_ = parts.values()
    assert questions in sheet.clarify
    assert numbers in sheet.clarify
    assert events in sheet.design
    assert design in sheet.design
