import pytest

import eventsourcing_kit as es
from tests.exercises.proof import Proof, verdict


class TestChapter04(Proof):
    chapter = 4


LOANS = {exercise.name: exercise for exercise in es.exercises.chapter(4)}["library_loan"]


@pytest.mark.parametrize(
    "other",
    [
        [("book.renewals == 2", "book.renewals >= 2")],
        [("renewals=book.renewals + 1", "renewals=min(2, book.renewals + 1)")],
        [
            ("renewals: int = 0", "renewals: int = 2"),
            ("book.renewals == 2", "book.renewals == 0"),
            ("book.renewals + 1", "book.renewals - 1"),
        ],
        [
            ("Book()", "(None, 0)"),
            ("Book(due)", "(due, 0)"),
            ("replace(book, due=due, renewals=book.renewals + 1)", "(due, book[1] + 1)"),
            ("book.due", "book[0]"),
            ("book.renewals", "book[1]"),
        ],
    ],
    ids=["at least two", "no more than two", "counted down", "a tuple"],
)
def test_a_loan_may_count_its_renewals_in_its_own_way(other: list[tuple[str, str]]) -> None:
    code = LOANS.reference
    for one, another in other:
        assert one in code
        code = code.replace(one, another)
    assert verdict(LOANS, code).right


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("[BookReturned(max(0, (command.today - book.due).days))]", "BookReturned(0)", "a list"),
        ("class Overdue(es.DomainError)", "class Overdue(Exception)", "`es.DomainError`"),
    ],
)
def test_what_is_wrong_with_a_loan_is_told_by_its_name(right: str, wrong: str, told: str) -> None:
    assert right in LOANS.reference
    assert told in verdict(LOANS, LOANS.reference.replace(right, wrong)).message
