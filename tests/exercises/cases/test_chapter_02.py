from __future__ import annotations

import pytest

import eventsourcing_kit as es
from tests.exercises.proof import Proof

name_events = es.exercises.chapter(2).name_events
REFERENCE = name_events.build(name_events.reference)


class TestChapter02(Proof):
    chapter = 2


# Naming events has more than one right answer.


@pytest.mark.parametrize(
    ("situation", "name"),
    [
        ("cash", "CashDispensed"),
        ("cash", "CashTakenOut"),
        ("cash", "AtmWithdrawalMade"),
        ("fee", "MonthlyFeeCollected"),
        ("fee", "AccountFeeDeducted"),
        ("fee", "FeeApplied"),
        ("limit", "OverdraftExtended"),
        ("limit", "LimitIncreased"),
        ("card", "CardTheftReported"),
        ("card", "CardStolen"),
        ("moved", "CustomerRelocated"),
        ("moved", "CustomerMovedToAnotherTown"),
    ],
)
def test_other_names_are_as_good(situation: str, name: str) -> None:
    assert name_events.judge({**REFERENCE, situation: name}).right


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "a name, a text"),
        (5, "a name, a text"),
        (None, "a name, a text"),
        ("Fee charged", "more than letters"),
        ("fee_charged", "more than letters"),
    ],
)
def test_a_name_is_a_text_of_letters_only(name: object, said: str) -> None:
    verdict = name_events.judge({**REFERENCE, "fee": name})
    assert verdict.outcome == "wrong"
    assert said in verdict.message


@pytest.mark.parametrize(
    ("situation", "name", "said"),
    [
        ("limit", "OverdraftIncreased", "owes more"),
        ("card", "CardLossReported", "a theft was reported"),
        ("card", "CardReportedMissing", "a theft was reported"),
        ("moved", "MovedHouse", "`moved`: this name"),
        ("moved", "Moved", "Moved what, or who?"),
        ("cash", "CustomerWithdrew", "does not end in what was done"),
        ("cash", "CashWithdrawalRequested", "asked for, planned or refused"),
        ("cash", "MoneyWithdrawnEvent", "the word Event adds nothing"),
        ("cash", "moneyWithdrawn", "has a capital letter"),
    ],
)
def test_a_name_that_says_another_thing_is_told_why(situation: str, name: str, said: str) -> None:
    verdict = name_events.judge({**REFERENCE, situation: name})
    assert verdict.outcome == "wrong"
    assert said in verdict.message
