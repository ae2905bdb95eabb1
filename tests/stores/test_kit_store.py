"""With KIT_STORE, what would be a file or memory lies on a PostgreSQL server."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import psycopg
import pytest

import eventsourcing_kit as es
from eventsourcing_kit.banking import hafenbank
from eventsourcing_kit.servers import Postgres
from eventsourcing_kit.stores.kit_store import InPlaceOfDuckDB, schema_of


def deposit() -> es.NewEvent:
    return es.NewEvent("MoneyDeposited", {"amount": 7, "currency": "EUR"})


@pytest.fixture(autouse=True)
def kit_store(postgres_server: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIT_STORE", postgres_server.url)


def schemas(server: Postgres) -> set[str]:
    """Those that are there, once what nobody holds any more is gone."""
    gc.collect()
    with psycopg.connect(server.url) as connection:
        return {name for (name,) in connection.execute("SELECT nspname FROM pg_namespace")}


def test_a_path_is_the_same_store_each_time_and_no_file(tmp_path: Path) -> None:
    path = tmp_path / "Öl & Gas.duckdb"
    with es.open_store(path) as store:
        assert type(store).__name__ == InPlaceOfDuckDB.__name__
        store.append("account-1", [deposit()], 0)
    with es.open_store(tmp_path / "x" / ".." / "Öl & Gas.duckdb") as again:
        assert again.version("account-1") == 1
    with es.open_store(tmp_path / "other.duckdb") as other:
        assert other.position() == 0
    assert list(tmp_path.iterdir()) == []


def test_memory_is_a_new_store_each_time_and_gone_with_its_holder(
    postgres_server: Postgres,
) -> None:
    before = schemas(postgres_server)
    one, two = es.open_store(":memory:"), es.open_store(":memory:")
    one.append("account-1", [deposit()], 0)
    assert two.position() == 0
    assert len(schemas(postgres_server) - before) == 2
    del one, two
    assert schemas(postgres_server) == before


def test_it_is_asked_in_duckdbs_sql_and_knows_what_was_appended_since() -> None:
    with es.open_store(":memory:") as store:
        total = "SELECT coalesce(sum(data.amount::BIGINT), 0) FROM events"
        for so_far in (0, 7, 14):
            assert store.sql(total).iloc[0, 0] == so_far
            store.append("account-1", [deposit()], es.ANY)


def test_stored_events_are_asked_beside_those_in_their_newest_shapes() -> None:
    with es.open_store(":memory:", upcasters=hafenbank.upcasters) as store:
        for stream_id, event in list(hafenbank.old_books())[:30]:
            store.append(stream_id, [event], es.ANY)
        counts = [
            store.sql(f"SELECT count(*) FROM {table}").iloc[0, 0]
            for table in ("stored_events", "events")
        ]
        assert counts == [30, len(store.read_all())]


def test_a_url_and_what_the_kit_keeps_for_itself_stay_where_they_are(
    postgres_server: Postgres,
) -> None:
    before = schemas(postgres_server)
    with es.journal.store() as journal:
        assert type(journal).__name__ != InPlaceOfDuckDB.__name__
    assert schemas(postgres_server) == before


@pytest.mark.parametrize("server", ["bank.duckdb", "nats://127.0.0.1/bank"])
def test_another_kind_of_place_is_refused(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIT_STORE", server)
    with pytest.raises(es.InvalidInput, match=r"^KIT_STORE: must be a PostgreSQL server's URL"):
        es.open_store(":memory:")


@pytest.mark.parametrize("bad", ["", None, 7])
def test_what_is_no_path_is_refused_as_ever(bad: Any) -> None:
    with pytest.raises(es.InvalidInput, match=r"^url: "):
        es.open_store(bad)


def test_names_are_legal_however_long_or_strange() -> None:
    assert schema_of("x" * 200).startswith("kit_xxxx")
    assert len(schema_of("x" * 200)) <= 63
    assert schema_of("Öl & Gas.duckdb") != schema_of("öl_gas.duckdb")
