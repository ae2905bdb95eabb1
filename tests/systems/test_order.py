"""Orders and their stock: all or nothing, held for a while, never oversold."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventsourcing_kit as es
from eventsourcing_kit.decider import fold
from eventsourcing_kit.stores import EventStore
from eventsourcing_kit.systems import order as o
from eventsourcing_kit.systems import stock as s

NOON = datetime(2025, 5, 7, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=30)


def shop(**articles: int) -> EventStore:
    """A store in which these articles have come."""
    store = es.open_store(":memory:")
    for article, quantity in articles.items():
        es.handle(store, s.stock, f"stock-{article}", s.Receive(quantity))
    return store


def stock(store: EventStore, article: str) -> s.Stock:
    known = map(s.stock.event_types.decode, store.read_stream(f"stock-{article}"))
    return fold(s.evolve, known, s.Stock())


def status(store: EventStore, order_id: str) -> str:
    known = map(o.order.event_types.decode, store.read_stream(f"order-{order_id}"))
    return fold(o.evolve, known, o.Order()).status


def test_a_reservation_takes_nothing_from_the_shelf_and_leaves_less_to_promise() -> None:
    store = shop(mug=5)
    o.do(store, "1", o.Place({"mug": 2}, LATER))
    assert (stock(store, "mug").on_shelf, stock(store, "mug").free) == (5, 3)


def test_who_pays_takes_it_home() -> None:
    store = shop(mug=5)
    o.do(store, "1", o.Place({"mug": 2}, LATER))
    o.do(store, "1", o.Pay())
    assert stock(store, "mug") == s.Stock(on_shelf=3)
    assert status(store, "1") == "paid"


@pytest.mark.parametrize("end", [o.Cancel(), o.RunOut(LATER)], ids=["cancelled", "expired"])
def test_what_is_given_back_can_be_promised_again(end: o.OrderCommand) -> None:
    store = shop(mug=1)
    o.do(store, "1", o.Place({"mug": 1}, LATER))
    o.do(store, "1", end)
    o.do(store, "2", o.Place({"mug": 1}, LATER))
    o.do(store, "2", o.Pay())
    assert stock(store, "mug") == s.Stock()


def test_an_oversell_is_refused_with_what_is_free() -> None:
    store = shop(mug=3)
    o.do(store, "1", o.Place({"mug": 2}, LATER))
    with pytest.raises(s.OutOfStock) as refused:
        o.do(store, "2", o.Place({"mug": 2}, LATER))
    assert (refused.value.wanted, refused.value.free) == (2, 1)


def test_an_order_of_two_articles_gets_both_or_holds_none() -> None:
    store = shop(mug=5, pot=1)
    o.do(store, "1", o.Place({"pot": 1}, LATER))
    with pytest.raises(s.OutOfStock):
        o.do(store, "2", o.Place({"mug": 1, "pot": 1}, LATER))
    assert stock(store, "mug").free == 5
    assert store.read_stream("order-2") == []


def test_before_its_time_nothing_expires() -> None:
    store = shop(mug=1)
    o.do(store, "1", o.Place({"mug": 1}, LATER))
    with pytest.raises(s.NotPossible, match="still has time"):
        o.do(store, "1", o.RunOut(LATER - timedelta(seconds=1)))


def test_the_event_decides_and_not_the_clock() -> None:
    """Who pays late, but before the expiry is recorded, has bought; the other way he has not."""
    for first, second, end in (
        (o.Pay(), o.RunOut(LATER), "paid"),
        (o.RunOut(LATER), o.Pay(), "expired"),
    ):
        store = shop(mug=1)
        o.do(store, "1", o.Place({"mug": 1}, LATER))
        o.do(store, "1", first)
        with pytest.raises(s.NotPossible, match=f"the order is {end}"):
            o.do(store, "1", second)


@pytest.mark.parametrize(
    ("command", "held"),
    [
        (s.Receive(0), {}),
        (s.Reserve("1", 0, LATER), {}),
        (s.Reserve("1", 1, LATER), {"1": s.StockReserved("1", 1, LATER)}),
        (s.Confirm("1"), {}),
        (s.Release("2"), {"1": s.StockReserved("1", 1, LATER)}),
        (s.Expire("1", LATER), {}),
    ],
)
def test_what_the_stock_refuses(command: s.StockCommand, held: dict[str, s.StockReserved]) -> None:
    with pytest.raises(s.NotPossible):
        s.decide(command, s.Stock(9, held))


@pytest.mark.parametrize(
    ("command", "status_now"),
    [
        (o.Place({"mug": 1}, LATER), "open"),
        (o.Place({}, LATER), "new"),
        (o.Pay(), "new"),
        (o.Pay(), "paid"),
        (o.Cancel(), "expired"),
        (o.RunOut(LATER), "cancelled"),
    ],
)
def test_what_an_order_refuses(command: o.OrderCommand, status_now: str) -> None:
    with pytest.raises(s.NotPossible):
        o.decide(command, o.Order({"mug": 1}, status_now))


def test_a_decision_on_a_stock_that_has_moved_on_is_not_stored() -> None:
    store = shop(mug=1)
    too_old = o.decided(store, "1", o.Place({"mug": 1}, LATER))
    o.do(store, "2", o.Place({"mug": 1}, LATER))
    with pytest.raises(es.errors.WrongExpectedVersion):
        store.append_many(too_old)
    assert store.read_stream("order-1") == []


def test_forty_customers_at_once_get_what_there_is() -> None:
    store = shop(mug=5)

    def buys(number: int) -> bool:
        try:
            o.do(store, str(number), o.Place({"mug": 1}, LATER))
        except s.OutOfStock:
            return False
        o.do(store, str(number), o.Pay())
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(buys, range(40))) == 5
    assert stock(store, "mug") == s.Stock()


STEPS = st.tuples(
    st.sampled_from(["place", "pay", "cancel", "run out", "receive"]),
    st.sampled_from(["1", "2", "3", "4"]),
    st.dictionaries(st.sampled_from(["mug", "pot"]), st.integers(1, 3), min_size=1),
    st.integers(0, 60),
)


@given(st.lists(STEPS, max_size=14))
def test_whatever_is_tried_nobody_is_promised_what_is_not_there(
    steps: list[tuple[str, str, dict[str, int], int]],
) -> None:
    shelves = {"mug": s.Stock(4), "pot": s.Stock(2)}
    orders: dict[str, o.Order] = {}
    received, sold = {"mug": 4, "pot": 2}, {"mug": 0, "pot": 0}
    for name, order_id, lines, minutes in steps:
        now = NOON + timedelta(minutes=minutes)
        if name == "receive":
            for article, quantity in lines.items():
                [came] = s.decide(s.Receive(quantity), shelves[article])
                shelves[article] = s.evolve(shelves[article], came)
                received[article] += quantity
            continue
        commands: dict[str, o.OrderCommand] = {
            "place": o.Place(lines, LATER),
            "pay": o.Pay(),
            "cancel": o.Cancel(),
            "run out": o.RunOut(now),
        }
        command = commands[name]
        before = orders.get(order_id, o.Order())
        try:
            [event] = o.decide(command, before)
            after = o.evolve(before, event)
            changed = {
                article: s.evolve(shelves[article], one)
                for article, quantity in after.lines.items()
                for one in s.decide(o.for_the_stock(command, order_id, quantity), shelves[article])
            }
        except s.NotPossible:
            continue
        orders[order_id] = after
        shelves |= changed
        if after.status == "paid":
            for article, quantity in after.lines.items():
                sold[article] += quantity
    for article, shelf in shelves.items():
        assert shelf.free >= 0
        assert shelf.on_shelf == received[article] - sold[article]
        holding = {
            order_id: one.lines[article]
            for order_id, one in orders.items()
            if one.status == "open" and article in one.lines
        }
        assert {order_id: one.quantity for order_id, one in shelf.held.items()} == holding
