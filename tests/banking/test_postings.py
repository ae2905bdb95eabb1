"""Every movement of money becomes postings that sum to zero in each currency."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

import eventsourcing_kit as es
from eventsourcing_kit.banking import SIGNS
from eventsourcing_kit.banking.holds import EVENT_TYPES
from eventsourcing_kit.banking.money import split
from eventsourcing_kit.banking.postings import (
    AGAINST,
    POSTS_NOTHING,
    Entry,
    Posting,
    Unbalanced,
    entry_of,
    totals,
)
from tests.upcasting.cases import recorded

CURRENCIES = st.sampled_from(["EUR", "USD", "JPY"])
LEGS = st.lists(
    st.builds(
        Posting,
        st.sampled_from(["a", "b", "c"]),
        st.integers(-50, 50).filter(bool),
        CURRENCIES,
    ),
    max_size=6,
)


def test_each_type_has_a_rule_and_those_that_post_nothing_say_so() -> None:
    assert set(AGAINST) == set(SIGNS)
    assert set(AGAINST) | POSTS_NOTHING == set(EVENT_TYPES.classes)


@given(st.sampled_from(sorted(SIGNS)), st.integers(1, 10**12), CURRENCIES)
def test_a_movement_is_balanced_and_moves_the_account_as_the_fold_does(
    type_: str, amount: int, currency: str
) -> None:
    entry = entry_of(recorded(type_, {"amount": amount, "currency": currency}))
    assert entry is not None
    assert sum(posting.amount for posting in entry.postings) == 0
    assert {posting.currency for posting in entry.postings} == {currency}
    assert totals(entry.postings)["account-1", currency] == SIGNS[type_] * amount


def test_what_moves_nothing_posts_nothing_and_an_unknown_type_stops() -> None:
    assert entry_of(recorded("HoldPlaced", {"amount": 7, "currency": "EUR"})) is None
    assert entry_of(recorded("BooksClosed", {"amount": 0, "currency": "EUR"})) is None
    with pytest.raises(es.UnknownEventType):
        entry_of(recorded("MoneyTeleported", {"amount": 7, "currency": "EUR"}))


@given(LEGS)
def test_only_what_sums_to_zero_in_each_currency_can_be_made(legs: list[Posting]) -> None:
    sums: dict[str, int] = {}
    for leg in legs:
        sums[leg.currency] = sums.get(leg.currency, 0) + leg.amount
    if any(sums.values()):
        with pytest.raises(Unbalanced) as refused:
            Entry(tuple(legs))
        assert refused.value.off == {name: off for name, off in sums.items() if off}
    else:
        assert Entry(tuple(legs)).postings == tuple(legs)


def test_two_currencies_are_never_added() -> None:
    euros, dollars = Posting("customer", -9_240, "EUR"), Posting("payee", 10_000, "USD")
    with pytest.raises(Unbalanced, match=r"-92\.40 EUR, 100\.00 USD"):
        Entry((euros, dollars))
    through_positions = Entry(
        (euros, Posting("position", 9_240, "EUR"), Posting("position", -10_000, "USD"), dollars)
    )
    assert totals(through_positions.postings)["position", "USD"] == -10_000


@pytest.mark.parametrize(("amount", "currency"), [(0, "EUR"), (1.5, "EUR"), (1, "XXX")])
def test_a_posting_is_a_whole_amount_above_or_below_zero(amount: Any, currency: str) -> None:
    with pytest.raises(es.InvalidInput):
        Posting("a", amount, currency)


def test_the_bank_of_the_course_balances() -> None:
    store: Any = es.open_store(":memory:")
    es.load_jsonl(store, Path(__file__).parents[2] / "data" / "bank.jsonl")

    def all_postings() -> Iterator[Posting]:
        for event in store.read_all():
            if entry := entry_of(event):
                yield from entry.postings

    balance = totals(all_postings())
    assert sum(balance.values()) == 0
    for account, folded in es.replay.balances(store).items():
        assert balance.get((str(account), "EUR"), 0) == folded


# --- shares --------------------------------------------------------------------------------------


def test_the_odd_cent_goes_to_the_largest_remainder_and_among_equals_to_the_first() -> None:
    assert split(10_000, [1, 1, 1]) == [3_334, 3_333, 3_333]
    assert split(100, [1, 2, 3]) == [17, 33, 50]
    assert split(-10_000, [1, 1, 1]) == [-3_334, -3_333, -3_333]


@given(st.integers(-(10**15), 10**15), st.lists(st.integers(0, 10**6), min_size=1).filter(sum))
def test_no_share_is_off_by_a_unit_and_none_is_lost(total: int, weights: list[int]) -> None:
    shares = split(total, weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share * sum(weights) - total * weight) < sum(weights)


@pytest.mark.parametrize("weights", [[], [0], [-1, 2], [0.5, 0.5], [True]])
def test_weights_are_whole_numbers_and_not_all_zero(weights: list[Any]) -> None:
    with pytest.raises(es.InvalidInput, match="weights"):
        split(100, weights)
