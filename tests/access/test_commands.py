"""Who may give a command is decided by the domain, on the state as it is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.access import Actor, By, guarded
from eventsourcing_kit.access.bank import POLICY, TELLERS_LIMIT, account_by
from eventsourcing_kit.banking import Deposit, Freeze, OpenAccount, SendTransfer, Withdraw
from eventsourcing_kit.banking.errors import InsufficientFunds
from eventsourcing_kit.errors import AccessDenied, DomainError, NotAuthorised
from eventsourcing_kit.stores.sql_store import SqlEventStore

GRETA = Actor("greta", ["teller"])
FAY = Actor("fay", ["fraud desk"])
ADA = Actor("Ada", ["customer"])


def order(store: Any, actor: Actor, command: Any, stream_id: str = "account-7", **more: Any) -> Any:
    metadata = {"actor": actor.name}
    return es.handle(store, account_by, stream_id, By(actor, command), metadata=metadata, **more)


@pytest.fixture
def store(bank: SqlEventStore) -> SqlEventStore:
    order(bank, GRETA, OpenAccount("Ada", "EUR"))
    order(bank, GRETA, Deposit(500_000, "EUR"))
    return bank


@pytest.mark.parametrize(
    ("actor", "command"),
    [
        (GRETA, Freeze("suspicion")),
        (FAY, Deposit(1, "EUR")),
        (Actor("Bo", ["customer"]), SendTransfer(1, "EUR", "account-8")),
        (GRETA, Withdraw(TELLERS_LIMIT + 1, "EUR")),
        (Actor("nobody", []), OpenAccount("x", "EUR")),
    ],
    ids=lambda value: getattr(value, "name", None) or type(value).__name__,
)
def test_a_command_that_is_not_for_them_is_refused_and_stores_nothing(
    store: SqlEventStore, actor: Actor, command: Any
) -> None:
    before = store.position()
    with pytest.raises(NotAuthorised, match=f"^{actor.name} may not do this: ") as refused:
        order(store, actor, command)
    assert isinstance(refused.value, DomainError)
    assert store.position() == before


def test_what_is_for_them_goes_through_and_the_bank_decides_as_ever(store: SqlEventStore) -> None:
    order(store, GRETA, Withdraw(TELLERS_LIMIT, "EUR"))
    order(store, ADA, SendTransfer(100, "EUR", "account-8"))
    with pytest.raises(InsufficientFunds):
        order(store, ADA, SendTransfer(10_000_000, "EUR", "account-8"))


def test_a_right_that_hangs_on_the_state_is_looked_at_again_after_a_conflict(
    store: SqlEventStore,
) -> None:
    """The account gets another owner between the decision and the append."""

    class Rival:
        def __init__(self) -> None:
            self.read_stream = store.read_stream

        def append(self, stream_id: str, events: Any, expected_version: Any) -> Any:
            if store.version(stream_id) == expected_version == 2:
                opened = es.NewEvent(
                    "AccountOpened", {"owner": "Bo", "currency": "EUR", "overdraft_limit": 0}
                )
                store.append(stream_id, [opened], 2)
            return store.append(stream_id, events, expected_version)

    with pytest.raises(NotAuthorised):
        order(Rival(), ADA, SendTransfer(100, "EUR", "account-8"), pause=lambda _: None)


def test_the_same_command_under_its_id_is_done_once(store: SqlEventStore) -> None:
    same = UUID(int=7)
    first = order(store, ADA, SendTransfer(100, "EUR", "account-8"), command_id=same)
    assert order(store, ADA, SendTransfer(100, "EUR", "account-8"), command_id=same) == first
    with pytest.raises(es.CommandIdReused):
        order(store, FAY, SendTransfer(100, "EUR", "account-8"), command_id=same)


def test_through_a_guard_both_have_to_say_yes(store: SqlEventStore) -> None:
    mine = guarded(store, POLICY, GRETA)
    order(mine, GRETA, Deposit(100, "EUR"))
    with pytest.raises(NotAuthorised):  # the domain says no
        order(mine, GRETA, Freeze("suspicion"))
    with pytest.raises(AccessDenied):  # the guard does: a teller's window has no such command
        order(mine, FAY, Freeze("suspicion"))
    with pytest.raises(es.InvalidInput, match=r"metadata\.actor"):  # nor is it done as another
        order(mine, Actor("gus", ["teller"]), Deposit(100, "EUR"))


def test_a_masked_history_folds_and_the_mark_goes_with_the_state(store: SqlEventStore) -> None:
    mine = guarded(store, POLICY, GRETA)
    state = es.replay.as_of(mine, es.banking.account, "account-7", version=2)
    assert (state.owner, state.balance) == ("[masked]", 500_000)
