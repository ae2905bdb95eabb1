"""Every engine can be sealed: the conformance suite once more, and what verify reads there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.banking import hafenbank
from eventsourcing_kit.errors import NotAnEventSchema
from eventsourcing_kit.event import Clock, utc_now
from eventsourcing_kit.servers import JetStream
from eventsourcing_kit.stores.conformance import Conformance
from tests.integrity.forging import RING, WRITER, deposit
from tests.stores.jetstream import BankFactory, connected, new_bank
from tests.stores.postgres_server import SchemaFactory, raw, schema_url, server

PERSONAL = {"MoneyDeposited": es.integrity.vault.Personal(["amount"])}


class SealedSchema(SchemaFactory):
    def open(self, clock: Clock = utc_now) -> es.EventStore:
        return es.integrity.sealed(super().open(clock), WRITER)


class SealedBank(BankFactory):
    def open(self, clock: Clock = utc_now, **more: Any) -> Any:
        return es.integrity.sealed(super().open(clock, **more), WRITER)


class TestSealedPostgres(Conformance):
    @pytest.fixture
    def factory(self) -> SchemaFactory:
        return SealedSchema(schema_url(server().url))


class TestSealedJetStream(Conformance):
    @pytest.fixture
    def factory(self, jetstream_node: JetStream) -> BankFactory:
        return SealedBank(jetstream_node)


@pytest.fixture(params=["file", "postgres", "jetstream"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "file":
        return str(tmp_path / "bank.duckdb")
    if request.param == "postgres":
        return schema_url(server().url)
    return new_bank(request.getfixturevalue("jetstream_node"))


def test_what_was_sealed_is_verified_as_it_is_stored(url: str) -> None:
    with es.integrity.sealed(es.open_store(url), WRITER) as store:
        deposit(store, 6)
        old = es.NewEvent("MoneyDeposited", {"euros": "25.00", "memo": "é \u2028 \U0001f600"})
        store.append("account-9", [old], 0)
        report = es.integrity.verify(store, RING)
    assert report.ok
    with es.open_store(url, upcasters=hafenbank.upcasters) as read:
        assert read.read_stream("account-9")[0].data["amount"] == 2500
        assert es.integrity.verify(read, RING).verified == report.verified
        unsealed = es.NewEvent("MoneyDeposited", {"amount": 1, "currency": "EUR"})
        read.append("account-9", [unsealed], 1)
        fault = es.integrity.verify(read, RING, since=report.verified).fault
        assert fault is not None
        assert (fault.finding, fault.position) == (es.integrity.Finding.INSERTED, 14)


def test_a_vault_over_a_seal_has_its_ciphertext_signed(url: str, tmp_path: Path) -> None:
    with es.integrity.sealed(es.open_store(url), WRITER) as store:
        vault = es.integrity.vault.Vault(store, tmp_path / "keys", PERSONAL)
        deposit(vault, 3)
        assert [e.data["amount"] for e in vault.read_stream("account-1")] == [100, 101]
        assert es.integrity.verify(store, RING).ok
        vault.erase("account-1", by="clerk-07", reason="asked for it", request="letter-1")
        assert vault.read_stream("account-1")[0].data["amount"] == es.integrity.vault.ERASED
        assert es.integrity.verify(store, RING).ok, "nothing in the history has changed"


# --- what somebody does who owns the tables in PostgreSQL ----------------------------------------


@pytest.fixture
def schema() -> str:
    """A store of twelve events whose triggers are off."""
    url = schema_url(server().url)
    with es.integrity.sealed(es.open_store(url), WRITER) as store:
        deposit(store, 6)
    for table in ("events", "events_head"):
        raw(url, f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    return url


TWO_IN_ONE = r"""
    UPDATE events AS target SET
        type = concat_ws(
            E'\t', a.type, a.schema_version, a.data, a.metadata, a.occurred_at, a.recorded_at
        ) || E'\n' || concat_ws(E'\t', b.position, b.stream_id, b.version, b.event_id, b.type),
        data = b.data, metadata = b.metadata,
        occurred_at = b.occurred_at, recorded_at = b.recorded_at
    FROM events AS a, events AS b
    WHERE target.position = 5 AND a.position = 5 AND b.position = 12
"""
FUNCTION = r"""
    CREATE FUNCTION concat_ws(
        text, bigint, text, bigint, uuid, text, int, json, json, timestamptz, timestamptz
    ) RETURNS text LANGUAGE sql AS $$
        SELECT pg_catalog.concat_ws(E'\t', saved.*) FROM saved WHERE position = $2
    $$
"""
ONE_MORE = """
    INSERT INTO events
    SELECT {0}, stream_id, {1}, gen_random_uuid(), type, schema_version, data, metadata,
           occurred_at, recorded_at
    FROM events WHERE position = 12
"""
RICH = "UPDATE events SET data = '{\"amount\": 1000000}' WHERE position = 12"


@pytest.mark.parametrize(
    ("statements", "finding", "position"),
    [
        pytest.param(
            [TWO_IN_ONE, "DELETE FROM events WHERE position = 12"], "changed", 5, id="two in a line"
        ),
        pytest.param(
            [
                "ALTER TABLE events ALTER schema_version DROP NOT NULL",
                "UPDATE events SET type = type || E'\t' || schema_version, schema_version = NULL "
                "WHERE position = 5",
            ],
            "changed",
            5,
            id="two cells in one",
        ),
        pytest.param(
            ["CREATE TABLE saved AS SELECT * FROM events", FUNCTION, RICH],
            "changed",
            12,
            id="a function",
        ),
        pytest.param(["UPDATE events SET data = E'{\n}' WHERE position = 5"], "changed", 5),
        pytest.param(
            ["UPDATE events SET occurred_at = 'infinity' WHERE position = 5"], "changed", 5
        ),
        pytest.param([ONE_MORE.format(0, 77)], "inserted", None, id="position 0"),
        pytest.param([ONE_MORE.format(-5, -1)], "inserted", None, id="version -1"),
        pytest.param([ONE_MORE.format(13, "version + 1")], "inserted", 13, id="behind the end"),
        pytest.param(["UPDATE events_head SET position = 8"], "inserted", 12, id="end moved back"),
        pytest.param(["DELETE FROM events WHERE position > 8"], "tail cut", 9, id="tail"),
        pytest.param(["DELETE FROM events"], "tail cut", 1, id="all"),
    ],
)
def test_an_owner_of_the_tables_is_found_out(
    schema: str, statements: list[str], finding: str, position: int | None
) -> None:
    for statement in statements:
        raw(schema, statement)
    with es.open_store(schema) as store:
        fault = es.integrity.verify(store, RING).fault
    assert fault is not None
    assert (fault.finding.value, fault.position) == (finding, position)


def test_a_view_in_the_place_of_the_events_is_not_opened(schema: str) -> None:
    """It can show the verifier one history, and readers another: current_query() says who asks."""
    raw(schema, "ALTER TABLE events RENAME TO sealed")
    raw(schema, "CREATE VIEW events AS SELECT * FROM sealed")
    with pytest.raises(NotAnEventSchema, match="view"):
        es.open_store(schema)


# --- what somebody does who may publish to the log in JetStream ----------------------------------


@pytest.mark.parametrize(
    ("body", "headers", "found"),
    [
        (None, True, ("inserted", 13)),
        (b"junk", True, ("changed", 13)),
        (b"[" * 100_000, True, ("changed", 13)),
        (None, False, ("changed", None)),  # the store does not even know where it ends
    ],
    ids=["the last once more", "no JSON", "nested without end", "no headers"],
)
def test_a_message_past_the_kit_is_found_out(
    jetstream_node: JetStream, body: bytes | None, headers: bool, found: Any
) -> None:
    url = new_bank(jetstream_node)
    name = url.rpartition("/")[2]

    async def publish(client: Any) -> None:
        log = client.jetstream()
        last = await log.get_msg(name, 12)
        kept = {key: value for key, value in last.headers.items() if not key.startswith("Nats-")}
        await log.publish(last.subject, body or last.data, headers=kept if headers else None)

    with es.integrity.sealed(es.open_store(url), WRITER) as store:
        deposit(store, 6)
        connected(jetstream_node, publish)
        fault = es.integrity.verify(store, RING).fault
    assert fault is not None
    assert (fault.finding.value, fault.position) == found
