"""Transfers as processes: money is conserved and every transfer ends, whatever dies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, cast

import hypothesis.strategies as st
import pytest
from hypothesis import event, given, settings

import eventsourcing_kit as es
from eventsourcing_kit import processes, schedules
from eventsourcing_kit.banking.errors import AmountNotPositive, SameAccount
from eventsourcing_kit.errors import ProcessStuck
from eventsourcing_kit.processes import transfer_process as transfers
from eventsourcing_kit.processes.transfer_process import (
    SUSPENSE,
    ConfirmReceiver,
    RequestTransfer,
    next_task,
)
from eventsourcing_kit.schedules import Actor, Crashed, Participant, Scenario

NOON = datetime(2025, 2, 18, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=2)
WISH = RequestTransfer(
    "account-a", "account-b", 750, "EUR", (NOON + timedelta(hours=1)).isoformat()
)
ALL = 1_000  # minor units in the whole bank


def bank(balance: int = ALL) -> Any:
    """Two accounts and the suspense account; all the money is on the first."""
    store = es.open_store(":memory:", clock=lambda: NOON)
    for name in ("account-a", "account-b", SUSPENSE):
        es.handle(store, es.banking.account, name, es.banking.OpenAccount(name, "EUR"))
    if balance:
        es.handle(store, es.banking.account, "account-a", es.banking.Deposit(balance, "EUR"))
    return store


def freeze(store: Any, name: str) -> None:
    es.handle(store, es.banking.account, name, es.banking.Freeze("fraud"))


def run(store: Any, now: datetime = NOON) -> str:
    return processes.run(store, "t1", clock=lambda: now).phase


TRANSIT = processes.transit_account("EUR")


def money(store: Any) -> dict[str, int]:
    return {str(name): int(cents) for name, cents in es.replay.balances(store).items()}


# --- one manager ---------------------------------------------------------------------------------


def test_the_happy_path() -> None:
    with bank() as store:
        processes.request(store, "t1", WISH)
        processes.receive(store, "t1", ConfirmReceiver())
        assert run(store) == "delivered"
        assert money(store) == {"account-a": 250, "account-b": 750, SUSPENSE: 0, TRANSIT: 0}


def test_too_little_money_is_refused_at_the_sender() -> None:
    with bank(100) as store:
        processes.request(store, "t1", WISH)
        assert run(store) == "refused"
        assert money(store)["account-a"] == 100


def test_a_refusal_at_the_second_account_is_made_up_for_at_the_first() -> None:
    with bank() as store:
        freeze(store, "account-b")
        processes.request(store, "t1", WISH)
        processes.receive(store, "t1", ConfirmReceiver())
        assert run(store) == "returned"
        assert money(store) == {"account-a": ALL, "account-b": 0, SUSPENSE: 0, TRANSIT: 0}
        memo = store.read_stream("account-a")[-1].data["memo"]
        assert memo == "Transfer returned", "both movements are on the statement"


def test_money_that_cannot_go_back_either_waits_in_suspense() -> None:
    with bank() as store:
        processes.request(store, "t1", WISH)
        processes.step(store, "t1", clock=lambda: NOON)
        freeze(store, "account-a")
        freeze(store, "account-b")
        processes.receive(store, "t1", ConfirmReceiver())
        assert run(store) == "suspended"
        assert money(store) == {"account-a": 250, "account-b": 0, SUSPENSE: 750, TRANSIT: 0}


def test_it_waits_for_the_confirmation_until_the_deadline() -> None:
    with bank() as store:
        processes.request(store, "t1", WISH)
        assert run(store) == "taken"
        assert run(store, NOON + timedelta(minutes=59)) == "taken"
        assert run(store, NOON + timedelta(hours=1)) == "returned"
        kinds = [event.type for event in store.read_stream("transfer-t1")]
        assert "ConfirmationTimedOut" in kinds, "a timeout is an event, too"


def test_a_confirmation_that_comes_twice_too_early_or_too_late() -> None:
    with bank() as store:
        processes.request(store, "t1", WISH)
        assert processes.receive(store, "t1", ConfirmReceiver()), "before the money is taken"
        assert not processes.receive(store, "t1", ConfirmReceiver())
        assert run(store) == "delivered"
        assert not processes.receive(store, "t1", ConfirmReceiver())
    with bank() as store:
        processes.request(store, "t1", WISH)
        assert run(store, LATER) == "returned"
        assert not processes.receive(store, "t1", ConfirmReceiver())
        assert run(store, LATER) == "returned"


def test_after_a_confirmation_there_is_no_time_limit() -> None:
    with bank() as store:
        processes.request(store, "t1", WISH)
        processes.step(store, "t1", clock=lambda: NOON)
        processes.receive(store, "t1", ConfirmReceiver())
        assert run(store, LATER) == "delivered"


def test_the_same_request_again() -> None:
    with bank() as store:
        processes.request(store, "t1", WISH)
        with pytest.raises(transfers.AlreadyRequested):
            processes.request(store, "t1", WISH)


def test_a_message_has_one_effect_and_one_answer() -> None:
    with bank() as store:
        processes.request(store, "t1", WISH)
        task = next_task(processes.load(store, "t1")[0], "t1")
        assert task is not None
        message_id = processes.message_id("t1", task)
        assert [processes.send(store, task, message_id) for _ in range(3)] == [None] * 3
        assert money(store)["account-a"] == 250


def test_a_refusal_stays_one() -> None:
    with bank(100) as store:
        processes.request(store, "t1", WISH)
        task = next_task(processes.load(store, "t1")[0], "t1")
        assert task is not None
        first = processes.send(store, task, processes.message_id("t1", task))
        es.handle(store, es.banking.account, "account-a", es.banking.Deposit(5_000, "EUR"))
        assert processes.send(store, task, processes.message_id("t1", task)) == first
        assert "cannot be withdrawn" in str(first)


def test_what_is_left_to_do_after_a_restart() -> None:
    with bank() as store:
        for name in ("t1", "t2"):
            processes.request(store, name, WISH)
        processes.receive(store, "t1", ConfirmReceiver())
        run(store)
        assert processes.pending(store) == ["t2"]


def test_money_on_its_way_has_an_account_and_all_accounts_add_up_after_every_step() -> None:
    with bank() as store:
        processes.request(store, "t1", WISH)
        on_its_way = []
        while processes.step(store, "t1", clock=lambda: LATER):
            cents = money(store)
            assert sum(cents.values()) == ALL
            on_its_way.append(cents[TRANSIT])
        assert on_its_way == [750, 750, 0], "taken, timed out, returned: a query shows it"


@pytest.mark.parametrize("side", ["from_account", "to_account"])
def test_nobody_sends_money_to_or_from_the_transit_account(side: str) -> None:
    with bank() as store, pytest.raises(es.InvalidInput, match=f"^{side}: is a transit account"):
        processes.request(store, "t1", replace(WISH, **cast("dict[str, Any]", {side: TRANSIT})))


# --- what is asked for ---------------------------------------------------------------------------

BAD: list[tuple[str, dict[str, Any]]] = [
    *[
        ("deadline", {"deadline": bad})
        for bad in (
            "",
            "tomorrow",
            "2099-02-18",
            "2099-02-18T12:00:00",
            "2099-02-18T12:00:00.123456789+00:00",
            "2099-02-30T12:00:00+00:00",
            "0001-01-01T00:00:00+05:00",
            None,
            1_739_880_000,
            NOON,
        )
    ],
    *[("amount", {"amount": bad}) for bad in (True, 7.0, "7", None, 2**63, -(2**70))],
    *[("currency", {"currency": bad}) for bad in ("", "eur", "XXX", None, 978)],
    *[
        (side, {side: bad})
        for side in ("from_account", "to_account")
        for bad in ("", " ", "account", "account-", "order-1", "a\0b", SUSPENSE, "x" * 257, None, 7)
    ],
]


@pytest.mark.parametrize(("field", "change"), BAD, ids=lambda one: str(one))
def test_what_would_be_read_only_later_is_refused_at_once(
    field: str, change: dict[str, Any]
) -> None:
    wish = replace(WISH, **change)
    with pytest.raises(es.InvalidInput, match=f"^{field}: "):
        transfers.transfer.decide(wish, transfers.Transfer())
    with bank() as store:
        before = store.position()
        with pytest.raises(es.InvalidInput, match=f"^{field}: "):
            processes.request(store, "t1", wish)
        assert (store.position(), processes.pending(store)) == (before, [])


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"amount": 0}, AmountNotPositive),
        ({"amount": -1}, AmountNotPositive),
        ({"to_account": "account-a"}, SameAccount),
    ],
)
def test_a_wish_that_no_bank_would_take(
    change: dict[str, Any], error: type[es.DomainError]
) -> None:
    with bank() as store, pytest.raises(error):
        processes.request(store, "t1", replace(WISH, **change))


@pytest.mark.parametrize(
    "transfer_id", ["", " ", "a b", "t1\n", " t1", "\u200b", "a\0b", "x" * 248, "é" * 124, None, 7]
)
def test_an_id_that_cannot_name_a_stream_is_refused(transfer_id: Any) -> None:
    with bank() as store:
        before = store.position()
        with pytest.raises(es.InvalidInput, match=r"^transfer_id: "):
            processes.request(store, transfer_id, WISH)
        with pytest.raises(es.InvalidInput, match=r"^transfer_id: "):
            processes.receive(store, transfer_id, WISH)
        assert store.position() == before


def test_the_longest_id_works_to_the_end() -> None:
    with bank() as store:
        longest = "x" * (256 - len("transfer-"))
        processes.request(store, longest, WISH)
        assert processes.run(store, longest, clock=lambda: LATER).phase == "returned"
        assert processes.pending(store) == []


CLOCKS: list[Any] = [NOON.replace(tzinfo=None), NOON.isoformat(), NOON.date(), None, 0]


@pytest.mark.parametrize("now", CLOCKS, ids=str)
def test_a_clock_that_does_not_say_when_it_is_moves_no_money(now: Any) -> None:
    with bank() as store:
        processes.request(store, "t1", WISH)
        before = store.position()
        for use in (processes.step, processes.run):
            with pytest.raises(es.InvalidInput, match=r"^clock: "):
                use(store, "t1", clock=lambda: now)
        with pytest.raises(es.InvalidInput, match=r"^now: "):
            processes.receive(store, "t1", processes.LookAtClock(now))
        assert store.position() == before


@pytest.mark.parametrize("message", [None, "confirm", WISH.deadline, ConfirmReceiver, object()])
def test_what_is_no_message_is_not_taken_for_one_that_comes_too_late(message: Any) -> None:
    with bank() as store, pytest.raises(es.InvalidInput, match=r"^message: "):
        processes.receive(store, "t1", message)


def test_a_receiver_whose_balance_would_overflow_refuses() -> None:
    with bank() as store:
        full = es.banking.Deposit(2**63 - 1, "EUR")
        es.handle(store, es.banking.account, "account-b", full)
        processes.request(store, "t1", WISH)
        processes.receive(store, "t1", ConfirmReceiver())
        assert run(store) == "returned"
        assert money(store)["account-a"] == ALL


def stored(store: Any, transfer_id: str, **change: Any) -> None:
    """A request from before requests were checked."""
    about = transfers.TransferRequested(**(vars(WISH) | change))
    new = es.NewEvent("TransferRequested", vars(about))
    store.append(f"transfer-{transfer_id}", [new], es.NO_STREAM)


def test_an_old_deadline_that_is_no_moment_stops_one_transfer_which_is_named() -> None:
    with bank() as store:
        stored(store, "old", amount=100, deadline="2025-02-18T13:00:00")
        processes.request(store, "t1", WISH)
        for _ in range(2):
            with pytest.raises(ProcessStuck, match=r"transfer-old cannot go on .* no time zone"):
                processes.run(store, "old", clock=lambda: LATER)
        assert run(store, LATER) == "returned", "the others go on"
        assert processes.pending(store) == ["old"]
        _, version = processes.load(store, "old")
        processes.record(store, "old", [transfers.ConfirmationTimedOut()], version)
        assert processes.run(store, "old", clock=lambda: LATER).phase == "returned"
        assert sum(money(store).values()) == ALL


def test_an_old_deadline_does_not_stop_a_confirmation() -> None:
    with bank() as store:
        stored(store, "old", deadline="")
        with pytest.raises(ProcessStuck):
            processes.run(store, "old", clock=lambda: NOON)
        processes.receive(store, "old", ConfirmReceiver())
        assert processes.run(store, "old", clock=lambda: NOON).phase == "delivered"


@pytest.mark.parametrize(
    "change", [{"amount": 0}, {"currency": "XXX"}, {"from_account": "order-1"}]
)
def test_other_old_wishes_that_are_none_are_refused_by_the_sender(change: dict[str, Any]) -> None:
    with bank() as store:
        stored(store, "old", **change)
        assert processes.run(store, "old", clock=lambda: NOON).phase == "refused"


def test_an_old_account_that_is_no_stream_is_named() -> None:
    with bank() as store:
        stored(store, "old", from_account="")
        with pytest.raises(ProcessStuck, match=r"transfer-old cannot go on by itself: stream_id: "):
            processes.run(store, "old", clock=lambda: NOON)


def test_a_transfer_that_this_code_cannot_read_is_unfinished_and_hides_no_other() -> None:
    with bank() as store:
        processes.request(store, "t1", WISH)
        store.append("transfer-new", [es.NewEvent("TransferSplit", {})], es.NO_STREAM)
        assert processes.pending(store) == ["new", "t1"]
        with pytest.raises(es.UnknownEventType, match="TransferSplit"):
            processes.run(store, "new", clock=lambda: NOON)


def test_a_suspense_account_that_refuses_is_named() -> None:
    with bank() as store:
        processes.request(store, "t1", WISH)
        processes.step(store, "t1", clock=lambda: NOON)
        for name in ("account-a", "account-b", SUSPENSE):
            freeze(store, name)
        with pytest.raises(ProcessStuck, match=r"transfer-t1 .* The suspense account refused"):
            run(store, LATER)


def mostly(*good: Any) -> Any:
    """One of these; now and then something else."""
    other = st.text(max_size=3) | st.none() | st.integers() | st.booleans() | st.floats()
    return st.integers(0, 9).flatmap(lambda n: other if n == 0 else st.sampled_from(good))


MOMENTS = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-5))]))
WISHES = st.builds(
    RequestTransfer,
    mostly("account-a", "account-a", "account-usd", "account-none"),
    mostly("account-b", "account-b", "account-usd", "account-none", SUSPENSE),
    mostly(1, ALL - 1, ALL, ALL + 1, 2**63 - 1, 2**63, 0),
    mostly("EUR", "EUR", "USD", "JPY"),
    mostly(WISH.deadline) | MOMENTS.map(datetime.isoformat),
)
IDS = mostly("t1") | st.text(min_size=240, max_size=260)


@settings(max_examples=60, deadline=None)
@given(IDS, WISHES, st.booleans())
def test_whatever_is_asked_for_is_refused_or_carried_to_an_end(
    transfer_id: Any, wish: RequestTransfer, confirmed: bool
) -> None:
    with bank() as store:
        open_usd = es.banking.OpenAccount("account-usd", "USD")
        es.handle(store, es.banking.account, "account-usd", open_usd)
        es.handle(store, es.banking.account, "account-usd", es.banking.Deposit(ALL, "USD"))
        before = store.position()
        try:
            processes.request(store, transfer_id, wish)
        except es.EventSourcingError:
            event("refused")
            assert store.position() == before
            return
        event("accepted")
        if confirmed:
            processes.receive(store, transfer_id, ConfirmReceiver())
        end = datetime.max.replace(tzinfo=UTC)
        assert processes.run(store, transfer_id, clock=lambda: end).has_ended
        assert sum(money(store).values()) == 2 * ALL


# --- every schedule, and a crash at every point --------------------------------------------------


class World:
    """A bank with one transfer that is under way, for two managers at once."""

    def __init__(self, prepare: Callable[[Any], None]) -> None:
        self.prepare = prepare
        self.actors: list[Actor] = []
        self.store: Any = None

    def __call__(self) -> World:
        if self.store is not None:
            self.store.close()
        self.store = bank()
        processes.request(self.store, "t1", WISH)
        self.prepare(self.store)
        return self


def look(world: World, me: Actor) -> None:
    """See where the process stands."""
    me["state"], me["version"] = processes.load(world.store, "t1")
    me["task"] = next_task(me["state"], "t1")


def send(world: World, me: Actor) -> None:
    """Send what is due."""
    task = me["task"]
    if task is not None:
        me["answer"] = processes.send(world.store, task, processes.message_id("t1", task))


def take_note(world: World, me: Actor) -> None:
    """Note the answer."""
    task = me["task"]
    if task is not None:
        refusal = me["answer"]
        event = task.done if refusal is None else task.refused(refusal)
        processes.record(world.store, "t1", [event], me["version"])


def crash(world: World, me: Actor) -> None:
    """The process dies here."""
    raise Crashed


def thaw(world: World, me: Actor) -> None:
    """The receiver's account is unfrozen at the worst moment."""
    state = es.replay.as_of(
        world.store, es.banking.account, "account-b", position=world.store.position()
    )
    if state.status == "frozen":
        es.handle(world.store, es.banking.account, "account-b", es.banking.Unfreeze("settled"))


def conserved(world: World) -> str | None:
    """No money is made or lost, now and after somebody has taken the transfer to its end."""
    for when, now in (("before", None), ("after", LATER)):
        if now is not None:
            processes.run(world.store, "t1", clock=lambda: LATER)
        cents = money(world.store)
        total, waits = sum(cents.values()), cents.get(TRANSIT, 0)
        out = processes.load(world.store, "t1")[0].phase
        if total != ALL:
            return f"{when} recovery {ALL - total} are missing, in phase {out}"
        if waits not in (0, WISH.amount) or (now is not None and waits):
            return f"{when} recovery {waits} are in transit, in phase {out}"
    return None


def ended(world: World) -> str | None:
    state = processes.run(world.store, "t1", clock=lambda: LATER)
    return None if state.has_ended else f"it is {state.phase} for ever"


def answered(world: World, actors: Sequence[Actor]) -> str:
    return processes.load(world.store, "t1")[0].phase


def confirmed(store: Any) -> None:
    processes.step(store, "t1", clock=lambda: NOON)
    processes.receive(store, "t1", ConfirmReceiver())


def receiver_frozen(store: Any) -> None:
    freeze(store, "account-b")
    confirmed(store)


def returning(store: Any) -> None:
    receiver_frozen(store)
    processes.step(store, "t1", clock=lambda: NOON)


def both_frozen(store: Any) -> None:
    returning(store)
    freeze(store, "account-a")


MOVE = (look, send, take_note)
STAGES = [lambda store: None, confirmed, receiver_frozen, returning, both_frozen]


NAMES = ["requested", "confirmed", "receiver frozen", "returning", "both frozen"]


def scenario(prepare: Callable[[Any], None], *people: Participant) -> Scenario:
    return Scenario(
        "a transfer",
        people,
        World(prepare),
        (("money is conserved", conserved), ("it ends", ended)),
        answered,
    )


@pytest.mark.parametrize(
    "prepare", STAGES, ids=["requested", "confirmed", "frozen", "back", "both"]
)
def test_two_managers_in_every_order(prepare: Callable[[Any], None]) -> None:
    report = schedules.explore(
        scenario(prepare, Participant("Ada", MOVE), Participant("Ben", MOVE))
    )
    assert len(report.runs) == 20
    assert not report.broken, str(report)


@pytest.mark.parametrize(
    "prepare", STAGES, ids=["requested", "confirmed", "frozen", "back", "both"]
)
@pytest.mark.parametrize("steps", [0, 1, 2])
def test_one_dies_at_every_point_beside_the_other(
    prepare: Callable[[Any], None], steps: int
) -> None:
    dies = Participant("Ada", (*MOVE[:steps], crash))
    report = schedules.explore(scenario(prepare, dies, Participant("Ben", MOVE)))
    assert not report.broken, str(report)


def test_a_receiver_that_changes_its_mind_between_two_managers() -> None:
    """One is refused; the account thaws; the other would be let in. The first answer stands."""
    people = [Participant(name, MOVE) for name in ("Ada", "Ben")]
    report = schedules.explore(
        scenario(receiver_frozen, *people, Participant("Cem", (thaw,))), bound=140
    )
    assert report.schedules == len(report.runs) == 140
    assert not report.broken, str(report)
    assert set(report.outcomes) == {"returned", "delivered"}


def test_the_explorer_would_have_found_it() -> None:
    """Without an inbox, a refusal and an acceptance of one message can both happen."""

    def send_without_inbox(world: World, me: Actor) -> None:
        task = me["task"]
        if task is None:
            return
        try:
            es.handle(
                world.store,
                es.banking.account,
                task.account,
                task.command,
                command_id=processes.message_id("t1", task),
            )
            me["answer"] = None
        except es.DomainError as refusal:
            me["answer"] = str(refusal)

    careless = (look, send_without_inbox, take_note)
    people = [Participant(name, careless) for name in ("Ada", "Ben")]
    race = scenario(receiver_frozen, *people, Participant("Cem", (thaw,)))
    report = schedules.explore(race, bound=40)
    assert report.broken, "money is made in some schedule"


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.sampled_from(["advance", "confirm", "clock", "freeze a", "freeze b", "thaw b"]),
        max_size=12,
    )
)
def test_in_whatever_order_things_happen(happenings: list[str]) -> None:
    now = NOON
    with bank() as store:
        processes.request(store, "t1", WISH)
        for what in happenings:
            try:
                if what == "advance":
                    processes.step(store, "t1", clock=lambda: now)  # noqa: B023
                elif what == "confirm":
                    processes.receive(store, "t1", ConfirmReceiver())
                elif what == "clock":
                    now = LATER
                elif what == "thaw b":
                    es.handle(store, es.banking.account, "account-b", es.banking.Unfreeze("ok"))
                else:
                    freeze(store, f"account-{what[-1]}")
            except es.DomainError:
                pass  # frozen twice, or thawed without being frozen
        state = processes.run(store, "t1", clock=lambda: LATER)
        assert state.has_ended
        assert sum(money(store).values()) == ALL
