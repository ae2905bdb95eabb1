"""What a check shows in a notebook: the verdict, and what helps on under it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.exercises.verdict import NOT_ATTEMPTED, RIGHT, WRONG
from eventsourcing_kit.widgets.base import KEPT, WIDGET_VIEW, is_still
from tests.progress.learner import course


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTSOURCING_KIT_HOME", str(tmp_path))


def checked(name: str = "fold", outcome: Any = WRONG) -> es.exercises.Checked:
    exercise = course()[0][name]
    return es.exercises.Checked(outcome, exercise.heading, "Look again.", exercise=exercise)


def words(tokens: list[Any]) -> list[str]:
    """The texts in what Markdown consists of, in order."""
    found: list[str] = []
    for token in tokens:
        found += [token["raw"]] if token["type"] == "text" else words(token.get("children", []))
    return found


def solve(name: str) -> None:
    es.journal.record("ExerciseSolved", {}, f"exercise-1-{name}")


def test_it_is_a_verdict() -> None:
    assert not checked()
    assert checked(outcome=RIGHT).right
    assert repr(checked()) == "✗ Wrong · Exercise 1.1: A title\nLook again."


def test_a_notebook_gets_the_verdict_and_then_the_buttons(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    published: list[Any] = []
    monkeypatch.setattr("IPython.display.publish_display_data", published.append)
    one = checked()
    one._ipython_display_()
    verdict, buttons = published
    assert one._repr_html_() in verdict["text/html"]
    assert f'<div class="{KEPT}">' in verdict["text/html"], "it stays above the live buttons"
    assert "Run this cell" not in verdict["text/html"]
    assert verdict["text/plain"] == repr(one)
    assert is_still(verdict)
    assert buttons.keys() == {WIDGET_VIEW}


def test_each_press_gives_one_more_hint_and_it_is_kept_in_the_journal() -> None:
    help_ = checked().help()
    assert (help_.hints, help_.told) == (2, [])
    help_.hint_asked = 1
    assert [words(hint) for hint in help_.told] == [["Hint 1 of 2, 1 left", "one"]]
    help_.hint_asked = 2
    help_.hint_asked = 3
    assert [words(hint)[1] for hint in help_.told] == ["one", "two"]
    assert es.progress.state()[1, "fold"].hints == 2


def test_a_hint_that_was_typed_stands_there_as_well_and_those_of_before() -> None:
    one = checked()
    one.exercise.hint()
    help_ = one.help()
    assert len(help_.told) == 1
    one.exercise.hint()
    help_.hint_asked = 1
    assert len(help_.told) == 2


def test_the_solution_is_shown_and_noted_on_the_map() -> None:
    help_ = checked().help()
    help_.solution_asked = 1
    assert words(help_.solution)[0] == "One way to do it"
    solve("fold")
    assert es.progress.state()[1, "fold"].mark == "solved after seeing the solution"


def test_after_right_the_solution_is_there_to_compare_with_and_costs_nothing() -> None:
    solve("fold")
    help_ = checked(outcome=RIGHT).help()
    assert (help_.right, help_.costs) == (True, False)
    help_.solution_asked = 1
    assert es.progress.state()[1, "fold"].mark == "solved"


@pytest.mark.parametrize("outcome", [NOT_ATTEMPTED, WRONG])
def test_before_that_the_solution_costs_something_unless_it_was_solved_earlier(
    outcome: str,
) -> None:
    assert not checked(outcome=outcome).help().right
    assert checked(outcome=outcome).help().costs
    solve("fold")
    assert not checked(outcome=outcome).help().costs


def test_it_says_how_far_one_is_and_what_is_next() -> None:
    assert checked("fold").help().standing == "0 of 3 solved in this chapter"
    assert checked("fold").help().following == "1.2 A title"
    solve("decide")
    assert checked("fold").help().standing == "1 of 3 solved in this chapter"
    assert checked("fold").help().following == "1.3 A title"
    assert checked("replay").help().following == "1.1 A title", "those before come last"
    solve("replay")
    assert checked("fold", RIGHT).help().following == "", "no other is open"


def test_a_chapter_lists_its_exercises_and_how_they_stand() -> None:
    solve("fold")
    course()[0]["decide"].hint()
    assert repr(course()[0]) == (
        "Exercises of chapter 1, Events or rows: 1 of 3 solved\n"
        "  ✓ 1.1 A title (5 minutes), ex.fold: solved\n"
        "  ◐ 1.2 A title (5 minutes), ex.decide: begun\n"
        "  ○ 1.3 A title (5 minutes), ex.replay: not tried"
    )
    html = course()[0]._repr_html_()
    assert html.count("<li>") == 3
    assert "<code>ex.decide</code>: begun" in html
