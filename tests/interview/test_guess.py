"""An estimate: two goes, and then the way."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

import eventsourcing_kit as es
from eventsourcing_kit import journal
from eventsourcing_kit.interview.guess import Guess, Verdict
from eventsourcing_kit.interview.ruler import ruler

ONE = es.interview.load().estimates[0]


def html(verdict: Verdict) -> str:
    return verdict._repr_mimebundle_()["text/html"]


def circles(drawn: str) -> list[tuple[float, bool]]:
    """Where on the ruler each go stands, and whether it is filled."""
    svg = ElementTree.fromstring(re.findall("<svg.*?</svg>", drawn, re.DOTALL)[0])
    marks = (mark for mark in svg.iter() if mark.tag.endswith("circle"))
    return [(float(mark.get("cx", "")), mark.get("fill") != "none") for mark in marks]


def test_a_first_go_that_is_too_far_off_says_how_far_and_not_the_way() -> None:
    verdict = Guess(ONE).check(ONE.answer * 31)
    assert not verdict.right
    assert "31 times too much" in repr(verdict)
    for shown in (repr(verdict), html(verdict)):
        assert all(step.name in shown for step in ONE.steps), "the way has names"
        assert not any(step.formula in shown for step in ONE.steps), "and no numbers yet"
        assert ONE.say not in shown
        assert ONE.trap not in shown


def test_a_second_go_shows_the_way_right_or_wrong() -> None:
    for second in (ONE.answer, ONE.answer / 50):
        guess = Guess(ONE)
        guess.check(ONE.answer * 31)
        verdict = guess.check(second)
        assert verdict.over
        for step in ONE.steps:
            assert step.formula in repr(verdict)


def test_what_to_say_and_the_trap_stand_apart_from_the_sums() -> None:
    told = html(Guess(ONE).check(ONE.answer))
    sums = re.findall("<li>(.*?)</li>", told)
    assert len(sums) == len(ONE.steps)
    assert "<p><b>Say:</b> " in told
    assert "<p><b>The trap:</b> " in told


def test_after_the_way_was_shown_it_begins_again() -> None:
    guess = Guess(ONE)
    for _ in range(2):
        assert not guess.check(ONE.answer * 31).over
        assert guess.check(ONE.answer * 31).over


@pytest.mark.parametrize(
    ("ratio", "far"),
    [
        (1.0, "just right"),
        (1.04, "just right"),
        (1.3, "1.3 times too much"),
        (0.5, "2 times too little"),
        (9.96, "10 times too much"),
        (1 / 31.4, "31 times too little"),
        (12_345, "12,345 times too much"),
    ],
)
def test_how_far_off_it_is_reads_as_one_says_it(ratio: float, far: str) -> None:
    assert Verdict(ONE, ONE.answer * ratio).far == far


def test_the_ruler_has_each_go_and_the_last_one_is_filled() -> None:
    guess = Guess(ONE)
    guess.check(ONE.answer * 100)
    told = html(guess.check(ONE.answer / 10))
    (first, hollow), (second, filled) = circles(told)
    assert (hollow, filled) == (False, True)
    middle = circles(ruler([1.0], 2, "right"))[0][0]
    assert first - middle == pytest.approx(2 * (middle - second)), "a factor of ten is a length"


@pytest.mark.parametrize("ratio", [1e-300, 1e-5, 1e300])
def test_what_is_off_the_ruler_stands_at_its_end(ratio: float) -> None:
    [(x, _)] = circles(ruler([ratio], 2, "far"))
    ends = [circles(ruler([end], 2, "far"))[0][0] for end in (1e-4, 1e4)]
    assert x in ends


def test_the_ruler_has_the_colours_of_the_page() -> None:
    drawn = ruler([3.0], 2, "3 times too much")
    texts = [one for one in ElementTree.fromstring(drawn).iter() if one.tag == "text"]
    assert texts
    assert {one.get("fill") for one in texts} == {"currentColor"}


def test_each_go_is_an_event() -> None:
    before = len(journal.events())
    guess = Guess(ONE)
    guess.check(ONE.answer * 31)
    guess.check(ONE.answer)
    goes = [(event.data["go"], event.data["right"]) for event in journal.events()[before:]]
    assert goes == [(1, False), (2, True)]
