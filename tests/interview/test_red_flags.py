"""Which sentence of one's notes comes nearest to a red flag: words are compared, no more."""

from __future__ import annotations

import pytest

from eventsourcing_kit.interview.red_flags import nearest, sentences

FLAG = "Puts a lock in the process and forgets that there are four processes."


@pytest.mark.parametrize(
    ("notes", "found"),
    [
        ("I read. I take a lock in the process. I append.", "I take a lock in the process."),
        ("locks in processes\nthe key decides", "locks in processes"),
        ("A lock will do.", ""),
        ("", ""),
        ("There are that and there.", ""),
    ],
)
def test_the_sentence_that_shares_most_words_is_shown_if_it_shares_two(
    notes: str, found: str
) -> None:
    assert nearest(FLAG, notes) == found


def test_of_two_the_nearer_one() -> None:
    notes = "A lock in the process. A lock in each of the four processes, put there."
    assert nearest(FLAG, notes) == "A lock in each of the four processes, put there."


def test_a_line_is_a_sentence_too() -> None:
    assert sentences("one stream\n\nan account! And; so on") == [
        "one stream", "an account!", "And;", "so on",
    ]  # fmt: skip
