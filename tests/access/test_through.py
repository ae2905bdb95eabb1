"""What was masked stays masked in whatever is made of a guarded view."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

import eventsourcing_kit as es
from eventsourcing_kit.access import Actor, Policy, Rule, guarded
from eventsourcing_kit.integrity.vault import Vault
from eventsourcing_kit.projections import Projection, ReadModels, SqlProjection
from eventsourcing_kit.replay import Timeline, balances
from eventsourcing_kit.stores.sql_store import SqlEventStore
from tests.access.cases import POLICY, SECRET, TELLER, deposit, opened

TABLE = "CREATE TABLE seen (position BIGINT PRIMARY KEY, text VARCHAR)"  # twice is an error
BY_SQL = SqlProjection(
    "by_sql", TABLE, "INSERT INTO seen SELECT position, data::JSON::VARCHAR FROM batch"
)
COUNTER = Actor("kim", ["counter"])


def by_handlers(**options: Any) -> Projection:
    def put(model: Any, event: es.RecordedEvent) -> None:
        model.execute("INSERT INTO seen VALUES (?, ?)", [event.position, str(event.data)])

    handlers = {"MoneyDeposited": put, "AccountOpened": put}
    return Projection("by_handlers", TABLE, handlers, **options)


@pytest.fixture
def teller(bank: SqlEventStore) -> Any:
    return guarded(bank, POLICY, TELLER)


def positions(models: ReadModels, name: str) -> list[int]:
    found = models.sql(f"SELECT position FROM {name}.seen ORDER BY position")
    return [int(position) for position in found["position"]]


class TestProjections:
    @pytest.mark.parametrize("projection", [BY_SQL, by_handlers()], ids=lambda one: one.name)
    @pytest.mark.parametrize("batch", [1, 2, 100])
    def test_a_read_model_has_each_seen_event_once_across_the_gaps(
        self, bank: SqlEventStore, projection: Any, batch: int
    ) -> None:
        store = guarded(bank, POLICY, COUNTER)
        with ReadModels(store) as models:
            caught = models.catch_up(projection, batch=batch)[projection.name]
            assert caught.failure is None
            assert caught.position == store.position() == 9
            assert positions(models, projection.name) == [2, 4, 6, 9]
            hidden = [es.NewEvent("AccountFrozen", {"reason": SECRET}) for _ in range(3)]
            new = [hidden[0], deposit(1), hidden[1], deposit(2), hidden[2]]
            bank.append("account-1", new, es.ANY)
            models.catch_up(projection, batch=batch)
            assert positions(models, projection.name) == [2, 4, 6, 9, 11, 13]
            assert models.lag(projection).positions == 0
            table = models.sql(f"FROM {projection.name}.seen").to_string()
        assert SECRET not in table

    def test_effects_do_not_run_ahead_of_their_read_model(self, bank: SqlEventStore) -> None:
        done: list[int] = []
        projection = by_handlers(
            effects={"MoneyDeposited": lambda event: done.append(event.position)}
        )
        with ReadModels(guarded(bank, POLICY, COUNTER)) as models:
            models.catch_up(projection, batch=1)
        assert done == [2, 4, 6, 9]

    def test_under_another_policy_it_has_to_be_rebuilt(
        self, bank: SqlEventStore, tmp_path: Path
    ) -> None:
        """What was passed does not come again: the checkpoint stands behind it."""
        projection, path = by_handlers(), tmp_path / "models.duckdb"
        with ReadModels(guarded(bank, POLICY, COUNTER), path) as models:
            models.catch_up(projection)
        with ReadModels(guarded(bank, POLICY, TELLER), path) as models:
            models.catch_up(projection)
            assert positions(models, "by_handlers") == [2, 4, 6, 9]
            models.rebuild(projection)
            assert positions(models, "by_handlers") == [1, 2, 3, 4, 6, 8, 9]


class TestTimeTravel:
    def test_balances_are_right_where_amounts_are_seen(
        self, bank: SqlEventStore, teller: Any
    ) -> None:
        assert balances(teller).to_dict() == balances(bank).to_dict()
        timeline = Timeline.build(teller)
        assert timeline.at(timeline.end).to_dict() == balances(bank).to_dict()

    def test_a_state_carries_the_mark(self, bank: SqlEventStore, teller: Any) -> None:
        whole, masked = (es.replay.histories(store, es.banking.account) for store in (bank, teller))
        assert SECRET in repr(whole)
        assert SECRET not in repr(masked)
        assert [history.states[-1].balance for history in masked] == [16, 7, 13]
        assert {history.states[-1].owner for history in masked} == {"[masked]"}

    def test_a_masked_amount_is_no_number_and_no_fold_takes_it_for_one(
        self, bank: SqlEventStore
    ) -> None:
        policy = Policy([Rule("teller", "read", "account-*", mask=["amount"])])
        store = guarded(bank, policy, TELLER)
        with pytest.raises(es.InvalidInput, match="Expected `int`, got `str`"):
            es.replay.histories(store, es.banking.account)
        with pytest.raises(es.InvalidInput, match="masked"):
            balances(store)


def test_a_snapshot_of_who_sees_all_is_none_for_who_does_not(
    bank: SqlEventStore, teller: Any
) -> None:
    fold = es.snapshots.SnapshotSource("account", es.banking.account)
    with es.snapshots.Snapshots(":memory:") as snapshots:
        snapshots.take(bank, fold, "account-2")
        seen = snapshots.load(teller, fold, "account-2")
        assert (seen.state.owner, seen.snapshot_version) == ("[masked]", 0)
        snapshots.take(teller, fold, "account-2")
        assert snapshots.load(teller, fold, "account-2").snapshot_version == 3
        assert snapshots.load(bank, fold, "account-2").state.owner == SECRET


def test_an_export_is_marked_and_can_be_loaded_as_what_it_is(tmp_path: Path, teller: Any) -> None:
    path = tmp_path / "bank.jsonl"
    assert es.dump_jsonl(teller.read_all(), path) == 8
    assert SECRET not in path.read_text("utf-8")
    with es.open_store(":memory:") as copy:
        es.load_jsonl(copy, path)
        [first, _] = copy.read_stream("account-3")
    assert first.metadata == {"masked_fields": ["owner"]}


def test_an_erased_field_stays_a_gap_of_the_vault_for_whoever_may_see_it(tmp_path: Path) -> None:
    with (
        es.open_store(":memory:") as plain,
        Vault(plain, tmp_path / "keys", {"AccountOpened": ["owner"]}) as vault,
    ):
        for name in ("account-1", "account-2"):
            vault.append(name, [opened(SECRET)], 0)
        vault.erase("account-2", by="dpo", reason="Article 17", request="17")

        def seen(role: str) -> list[tuple[str, dict[str, Any]]]:
            events = guarded(vault, POLICY, Actor("x", [role])).read_category("account")
            return [(event.data["owner"], event.metadata) for event in events]

        erased = {"erased_fields": ["owner"]}
        assert seen("all") == [(SECRET, {}), ("[erased]", erased)]
        masked = {"masked_fields": ["owner"]}
        assert seen("teller") == [("[masked]", masked), ("[masked]", erased | masked)]


def rows(store: Any) -> list[dict[str, Any]]:
    names = ("position", "stream_id", "version", "type", "data", "metadata", "recorded_at")
    return [{name: getattr(event, name) for name in names} for event in store.read_all()]


def facts(store: Any) -> list[tuple[str, Any, list[Any]]]:
    return [("seen", None, store.read_stream("account-2"))]


WIDGETS: dict[str, Callable[[Any], Any]] = {
    "TimeTravel": lambda store: es.widgets.TimeTravel(
        es.replay.histories(store, es.banking.account), account="account-2"
    ),
    "FoldSteps": lambda store: es.widgets.FoldSteps(
        es.banking.account.evolve,
        map(es.banking.EVENT_TYPES.decode, store.read_stream("account-2")),
        es.banking.Account(),
    ),
    "TableInspector": lambda store: es.widgets.TableInspector(rows(store)),
    "RowsAndEvents": lambda store: es.widgets.RowsAndEvents(facts(store)),
    "BankTravel": lambda store: es.widgets.BankTravel(Timeline.build(store)),
}


@pytest.mark.parametrize("name", WIDGETS)
def test_nothing_masked_is_in_a_widgets_bytes_or_its_picture(
    bank: SqlEventStore, teller: Any, name: str
) -> None:
    def told(widget: Any) -> str:
        """All that goes to the browser, and all that stays behind."""
        parts = [value for key, value in widget.get_state().items() if key[0] != "_"]
        texts = [
            bytes(part).decode("utf-8", "replace")
            if isinstance(part, bytes | memoryview)
            else str(part)
            for part in parts
        ]
        return "\n".join([*texts, *widget.still().values(), repr(widget)])

    assert SECRET not in told(WIDGETS[name](teller))
    if name != "BankTravel":  # which has balances alone
        assert SECRET in told(WIDGETS[name](bank))


def test_a_mask_in_columns_is_json() -> None:
    with es.open_store(":memory:") as bank:
        bank.append("account-1", [opened("Ada")], 0)
        [batch] = guarded(bank, POLICY, TELLER).read_columns(columns=["data"])
    assert msgspec.json.decode(batch["data"][0].as_py())["owner"] == "[masked]"
