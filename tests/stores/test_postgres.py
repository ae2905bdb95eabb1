"""The PostgreSQL engine: the conformance suite, and what is its own."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

import eventsourcing_kit as es
from eventsourcing_kit.errors import (
    ConditionFailed,
    DuplicateEvent,
    InvalidInput,
    InvalidQuery,
    NotAnEventSchema,
    StoreClosed,
    StoreDropped,
    StoreForked,
    StoreNotFound,
    StoreReadOnly,
    StoreRefused,
    StoreTooNew,
    StoreUnavailable,
    WrongExpectedVersion,
)
from eventsourcing_kit.stores.conformance import Conformance, columns, event, events, in_threads
from eventsourcing_kit.stores.postgres import PostgresStore
from eventsourcing_kit.stores.sql_store import sql_store
from tests.stores.postgres_server import SchemaFactory, raw, schema_url, server, until


@pytest.fixture
def url() -> str:
    """A place where there is no store yet."""
    return schema_url(server().url)


@pytest.fixture
def store(url: str) -> Iterator[PostgresStore]:
    with PostgresStore(url) as store:
        yield store


class TestPostgres(Conformance):
    @pytest.fixture
    def factory(self, url: str) -> SchemaFactory:
        return SchemaFactory(url)


def test_the_kit_loads_no_driver_before_it_is_needed() -> None:
    program = "import sys, eventsourcing_kit; sys.exit('psycopg' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


# --- where a store is ----------------------------------------------------------------------------


class TestOpening:
    @pytest.mark.parametrize(
        ("place", "field"),
        [
            ("?schema=", "url"),
            ("?schema=Bank", "url"),
            ("?schema=pg_bank", "url"),
            ("?schema=a;DROP SCHEMA public", "url"),
            ("?schema=a&schema=b", "url"),
            ("?flavour=strong", "url"),
        ],
    )
    def test_a_url_that_can_be_none_is_refused(self, place: str, field: str) -> None:
        with pytest.raises(InvalidInput) as told:
            es.open_store(f"postgresql://nobody@localhost/bank{place}")
        assert told.value.field == field

    def test_another_scheme_is_named_with_those_that_are_known(self) -> None:
        with pytest.raises(InvalidInput, match="postgresql://"):
            es.open_store("mysql://localhost/bank")

    def test_what_an_engine_does_not_take_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidInput, match="partitions"):
            es.open_store(tmp_path / "bank.duckdb", partitions=4)
        assert list(tmp_path.iterdir()) == []

    def test_stores_in_schemas_of_one_database_know_nothing_of_each_other(self) -> None:
        one, two = schema_url(server().url), schema_url(server().url)
        with es.open_store(one) as first, es.open_store(two) as second:
            first.append("account-1", events(2), 0)
            assert second.position() == 0
            assert second.append("account-1", events(1), 0).position == 1

    def test_two_who_make_it_at_once_make_one(self, url: str) -> None:
        def work(who: int) -> None:
            with es.open_store(url) as store:
                store.append(f"account-{who}", events(1), 0)

        in_threads(6, work)
        with es.open_store(url) as store:
            assert [e.position for e in store.read_all()] == [1, 2, 3, 4, 5, 6]

    @pytest.mark.parametrize("partitions", [0, 1025, True, "4"])
    def test_a_number_of_partitions_that_makes_no_sense(self, url: str, partitions: Any) -> None:
        with pytest.raises(InvalidInput, match="partitions"):
            es.open_store(url, partitions=partitions)

    def test_the_number_of_partitions_stays(self, url: str) -> None:
        for given in (2, 2, None):
            with PostgresStore(url, partitions=given) as store:
                assert store.partitions == 2
        with pytest.raises(InvalidInput, match="fixed when the store was made: 2"):
            PostgresStore(url, partitions=3)

    def test_it_is_no_store_whose_events_duckdb_can_ask(self, store: PostgresStore) -> None:
        with pytest.raises(InvalidInput, match="PostgresStore"):
            sql_store(store)

    def test_to_read_only_it_has_to_be_there(self, url: str) -> None:
        with pytest.raises(StoreNotFound):
            es.open_store(url, read_only=True)
        assert raw(url, "SELECT 1 FROM pg_namespace WHERE nspname = current_schema()") == []

    def test_one_that_is_read_only_reads(self, url: str) -> None:
        with es.open_store(url) as store:
            store.append("account-1", events(2), 0)
        with PostgresStore(url, read_only=True) as store:
            assert len(store.read_all()) == 2
            with pytest.raises(StoreReadOnly):
                store.append("account-1", events(1), 2)
            with pytest.raises(StoreReadOnly):
                store.append_columns(columns([("account-1", event())]))
            with pytest.raises(StoreReadOnly), store.connection() as connection:
                connection.execute("INSERT INTO events_tags VALUES ('a', 1)")


class TestWhatIsInTheWay:
    def test_a_server_that_is_not_there(self) -> None:
        with pytest.raises(StoreUnavailable, match="call again"):
            es.open_store("postgresql://ada:secret@127.0.0.1:1/bank")

    @pytest.mark.parametrize(
        ("of", "to"),
        [("/postgres?", "/no_such_database?"), ("//postgres@", "//no_such_user@")],
    )
    def test_a_user_or_a_database_that_is_not_there(self, url: str, of: str, to: str) -> None:
        if of not in url:
            pytest.skip("this is somebody's own server, with names of its own")
        with pytest.raises(StoreRefused, match="no_such"):
            es.open_store(url.replace(of, to))

    def test_a_wrong_password_is_refused_and_not_shown(self, url: str) -> None:
        with asking_for_passwords(url) as user:
            with es.open_store(url.replace("//postgres@", f"//{user}:right@")) as store:
                store.append("account-1", events(1), 0)
                assert "right" not in repr(store)
            with pytest.raises(StoreRefused, match="password") as told:
                es.open_store(url.replace("//postgres@", f"//{user}:wrong@"))
            assert ":wrong" not in str(told.value)

    def test_a_table_of_somebody_else(self, url: str) -> None:
        schema = url.rpartition("schema=")[2]
        raw(url, f"CREATE SCHEMA {schema}")
        raw(url, "CREATE TABLE events (id SERIAL, aggregate_id TEXT, event_data JSONB)")
        with pytest.raises(NotAnEventSchema, match="schema=name"):
            es.open_store(url)
        assert raw(url, "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()") == [
            (1,)
        ]

    def test_a_newer_format(self, url: str) -> None:
        es.open_store(url).close()
        raw(url, "UPDATE events_head SET format = 2")
        with pytest.raises(StoreTooNew, match="format 2"):
            es.open_store(url)

    def test_tables_that_are_dropped_under_an_open_store(
        self, store: PostgresStore, url: str
    ) -> None:
        store.append("account-1", events(1), 0)
        raw(url, f"DROP SCHEMA {url.rpartition('schema=')[2]} CASCADE")
        for use in (store.position, lambda: store.append("account-1", events(1), 1)):
            with pytest.raises(StoreDropped, match="backup"):
                use()

    def test_a_user_who_may_not_make_anything(self, url: str) -> None:
        raw(url, "DROP ROLE IF EXISTS guest")
        raw(url, "CREATE ROLE guest LOGIN")
        if "//postgres@" not in url:
            pytest.skip("this is somebody's own server, with names of its own")
        with pytest.raises(StoreRefused, match="permission denied"):
            es.open_store(url.replace("//postgres@", "//guest@"))


class asking_for_passwords:  # noqa: N801 - a context manager
    """The server lets a user `clerk` in by password only, for as long as this lasts."""

    def __init__(self, url: str) -> None:
        if "//postgres@" not in url:
            pytest.skip("this is somebody's own server, with names of its own")
        self.url = url

    def __enter__(self) -> str:
        raw(self.url, "DROP ROLE IF EXISTS clerk")
        raw(self.url, "CREATE ROLE clerk LOGIN PASSWORD 'right'")
        raw(self.url, "GRANT CREATE ON DATABASE postgres TO clerk")
        [(name,)] = raw(self.url, "SHOW hba_file")
        self.file = Path(name)
        self.before = self.file.read_text()
        self.file.write_text(f"local all clerk scram-sha-256\n{self.before}")
        self._reload(1)
        return "clerk"

    def __exit__(self, *_: object) -> None:
        self.file.write_text(self.before)
        self._reload(0)

    def _reload(self, rules: int) -> None:
        raw(self.url, "SELECT pg_reload_conf()")
        count = "SELECT count(*) FROM pg_hba_file_rules WHERE user_name = '{clerk}'"
        until(lambda: raw(self.url, count) == [(rules,)])


# --- what the tables keep ------------------------------------------------------------------------


class TestTables:
    @pytest.mark.parametrize("table", ["events_0", "events_3", "events_tags", "events_head"])
    @pytest.mark.parametrize(
        "change", ["UPDATE {} SET position = 0", "DELETE FROM {}", "TRUNCATE {}"]
    )
    def test_nothing_can_be_taken_back_by_any_door(
        self, store: PostgresStore, url: str, table: str, change: str
    ) -> None:
        store.append("account-1", [event(metadata={"tags": ["a"]})], 0)
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            raw(url, change.format(table))
        assert store.position() == 1

    def test_one_stream_is_one_partition(self, store: PostgresStore) -> None:
        with store.connection() as connection:
            plan = connection.execute(
                "EXPLAIN SELECT * FROM events WHERE stream_id = 'account-1' ORDER BY version"
            ).fetchall()
            parts = {n for n in range(4) for (line,) in plan if f"events_{n}" in line}
            assert len(parts) == 1
            everything = connection.execute("EXPLAIN SELECT * FROM events").fetchall()
            assert all(any(f"events_{n}" in line for (line,) in everything) for n in range(4))

    def test_streams_are_spread(self, store: PostgresStore) -> None:
        store.append_many([(f"account-{n}", [event()], 0) for n in range(200)])
        with store.connection() as connection:
            rows = connection.execute(
                "SELECT tableoid::regclass, count(*) FROM events GROUP BY 1"
            ).fetchall()
        assert len(rows) == 4
        assert max(count for _, count in rows) < 100

    def test_the_engine_keeps_two_keys(self, store: PostgresStore, url: str) -> None:
        """Whoever inserts past the kit can repeat a position, and no version or id of a stream."""
        taken = event()
        store.append("account-1", [taken], 0)
        row = (
            "INSERT INTO events SELECT 1, stream_id, {}, {}, type, 1, data, metadata, now(), now()"
        )
        for version, event_id in ((1, "gen_random_uuid()"), (2, f"'{taken.event_id}'")):
            with pytest.raises(psycopg.errors.UniqueViolation):
                raw(url, f"{row} FROM events".format(version, event_id))
        raw(url, f"{row} FROM events".format(2, "gen_random_uuid()"))
        with pytest.raises(WrongExpectedVersion, match="at version 2"):
            store.append("account-1", [event()], 1)
        assert store.append("account-1", [event()], 2).position == 2

    def test_a_payload_is_kept_to_the_letter(self, store: PostgresStore, url: str) -> None:
        """JSONB would make 100 of 1e2 and put the shorter key first."""
        new = es.NewEvent("Made", {"aa": 1e22, "b": 1.0, "é": "\u2028\\u0041 \x7f"})
        store.append("account-1", [new], 0)
        store.append_columns(
            {"stream_id": ["account-2"], "type": ["Made"], "data": [new.data_json]}
        )
        assert raw(url, "SELECT DISTINCT data::TEXT FROM events") == [(new.data_json,)]
        assert raw(url, "SELECT data::JSONB ->> 'b' FROM events LIMIT 1") == [("1.0",)]
        [batch] = store.read_columns(columns=["data"])
        assert batch["data"].to_pylist() == [new.data_json] * 2

    def test_names_sort_by_their_bytes(self, store: PostgresStore, url: str) -> None:
        names = ["Zoë-1", "a-1", "a-10", "a-2", "a_b-1", "émile-1", "z-1"]
        store.append_many([(name, [event()], 0) for name in reversed(names)])
        assert store.streams() == sorted(names)
        collations = raw(
            url,
            "SELECT DISTINCT collation_name FROM information_schema.columns WHERE table_schema"
            " = current_schema() AND column_name IN ('stream_id', 'type', 'tag')",
        )
        assert collations == [("C",)]

    def test_backslashes_and_the_like_go_through_copy(self, store: PostgresStore) -> None:
        names = ["a\\b-1", "\\N", "\\.", 'quo"te-1', "comma,-1", "x\\tab-1"]
        rows = [(name, event(name)) for name in names]
        assert store.append_columns(columns(rows)) == len(names)
        assert [e.stream_id for e in store.read_all()] == names
        [batch] = store.read_columns()
        assert batch["stream_id"].to_pylist() == names
        assert batch["type"].to_pylist() == names

    def test_a_tag_may_be_longer_than_an_index_takes(self, store: PostgresStore) -> None:
        long = "x" * 100_000
        store.append("account-1", [event(metadata={"tags": [long, long, "short"]})], 0)
        store.append_columns(columns([("account-2", event(metadata={"tags": [long]}))]))
        for tags, found in (([long], 2), ([long, "short"], 1), (["x"], 0)):
            assert len(store.read_matching(es.Query(tags=tags))) == found


def sessions(url: str) -> list[int]:
    """The server's processes that serve a store, by their number."""
    name = f"eventsourcing_kit {url.rpartition('schema=')[2]}"
    rows = raw(url, f"SELECT pid FROM pg_stat_activity WHERE application_name = '{name}'")
    return [pid for (pid,) in rows]


class TestLooking:
    def test_its_own_sql_answers_with_a_frame(self, store: PostgresStore) -> None:
        store.append("account-1", events(3), 0)
        frame = store.sql("SELECT sum((data ->> 'amount')::INTEGER) AS total FROM events")
        assert frame["total"].tolist() == [6]
        named = store.sql("SELECT version FROM events WHERE version > %(v)s ORDER BY 1", {"v": 1})
        assert named["version"].tolist() == [2, 3]

    @pytest.mark.parametrize(
        "query",
        [
            "INSERT INTO events_tags VALUES ('a', 1)",
            "DELETE FROM events",
            "DROP TABLE events",
            "SELECT 1; SELECT 2",
            "COMMIT; DROP TABLE events",
            "SELECT nothing FROM nowhere",
            "SET TIME ZONE 'UTC'",
        ],
    )
    def test_it_looks_and_does_no_more(self, store: PostgresStore, query: str) -> None:
        store.append("account-1", events(1), 0)
        with pytest.raises(InvalidQuery):
            store.sql(query)
        assert len(store.read_all()) == 1


# --- who else writes -----------------------------------------------------------------------------


class TestOtherWriters:
    """Every store remembers where it has left off; another one, perhaps elsewhere, moves on."""

    def test_two_stores_take_turns(self, url: str) -> None:
        with es.open_store(url) as one, es.open_store(url) as two:
            for n in range(20):
                store = (one, two)[n // 3 % 2]
                assert store.append("account-1", events(1), n).position == n + 1
            with pytest.raises(WrongExpectedVersion, match="at version 20"):
                one.append("account-1", events(1), 19)
            assert two.append("account-1", events(1), es.ANY).version == 21

    def test_a_retry_by_another_store_gets_the_first_answer(self, url: str) -> None:
        batch = events(2)
        with es.open_store(url) as one, es.open_store(url) as two:
            first = one.append("account-1", batch, 0)
            two.append("account-1", events(1), 2)
            assert two.append("account-1", batch, 0) == first
            assert one.append("account-1", batch, 0) == first
            with pytest.raises(DuplicateEvent):
                two.append("account-1", [batch[0], event()], 0)

    def test_the_clock_of_one_does_not_go_behind_that_of_the_other(self, url: str) -> None:
        early, late = (datetime(2025, 1, day, tzinfo=UTC) for day in (1, 2))
        with (
            es.open_store(url, clock=lambda: late) as one,
            es.open_store(url, clock=lambda: early) as two,
        ):
            for n, store in enumerate((one, two, two, one)):
                store.append("account-1", events(1), n)
            assert {e.recorded_at for e in one.read_all()} == {late}

    def test_an_append_reads_the_clock_once(self, url: str) -> None:
        start = datetime(2025, 1, 1, tzinfo=UTC)
        with es.open_store(url, clock=lambda: start) as other:
            other.append("account-1", events(1), 0)
        with es.open_store(url, clock=es.fixed_clock(start)) as store:
            for n in range(2, 5):
                store.append("account-1", events(1), es.ANY)
                store.append(f"account-{n}", events(1), 0)
            recorded = [e.recorded_at for e in store.read_all(after_position=1)]
        ticks = es.fixed_clock(start)
        assert recorded == [ticks() for _ in recorded]

    def test_sixteen_threads_of_two_stores(self, url: str) -> None:
        with es.open_store(url) as one, es.open_store(url) as two:

            def work(who: int) -> None:
                for n in range(15):
                    store = (one, two)[who % 2]
                    store.append(f"own-{who}", events(1), n)
                    store.append("shared", events(1), es.ANY)

            in_threads(16, work)
            read = one.read_all()
            assert [e.position for e in read] == list(range(1, 481))
            assert [e.version for e in read if e.stream_id == "shared"] == list(range(1, 241))

    def test_more_threads_than_connections(self, store: PostgresStore, url: str) -> None:
        store.append("account-1", events(1), 0)
        in_threads(30, lambda _: [store.read_all() for _ in range(5)])
        assert 1 <= len(sessions(url)) <= 8

    def test_events_come_in_newest_shapes(self, url: str) -> None:
        with es.open_store(url) as store:
            old = es.NewEvent("MoneyDeposited", {"cents": 5, "memo": ""}, schema_version=2)
            store.append("account-1", [old], 0)
        with es.open_store(url, upcasters=es.banking.hafenbank.upcasters) as store:
            [newest] = store.read_all()
            assert newest.data["amount"] == 5
            [batch] = store.read_columns(columns=["schema_version"])
            assert batch["schema_version"].to_pylist() == [newest.schema_version]


# --- what holds at which isolation level ---------------------------------------------------------


def waits(url: str) -> bool:
    """Whether somebody waits for a lock, as the append behind another one does."""
    return bool(raw(url, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))


STRICTEST = "&options=" + quote("-c default_transaction_isolation=serializable")


class TestIsolation:
    """Two connections, one after the other, step by step."""

    @pytest.fixture(params=["", STRICTEST], ids=["as it is", "serializable by default"])
    def racer(self, url: str, request: pytest.FixtureRequest) -> Iterator[PostgresStore]:
        """A store, whatever the server's default is."""
        front, _, schema = url.rpartition("schema=")
        with PostgresStore(f"{front}schema={schema}{request.param}") as store:
            yield store

    def behind(
        self, racer: PostgresStore, url: str, new: es.NewEvent, append: Callable[[], Any]
    ) -> Any:
        """What an append ends with that begins while another one is not committed yet."""
        with PostgresStore(url) as rival, ThreadPoolExecutor(1) as pool:
            with rival.connection() as connection, connection.transaction():
                [(position,)] = connection.execute(
                    "UPDATE events_head SET position = position + 1, recorded_at = now()"
                    " RETURNING position"
                ).fetchall()
                connection.execute(
                    "INSERT INTO events VALUES (%s, 'rival-1', 1, %s, %s, 1, %s, %s, now(), now())",
                    [position, new.event_id, new.type, new.data_json, new.metadata_json],
                )
                for tag in new.metadata.get("tags", []):
                    connection.execute("INSERT INTO events_tags VALUES (%s, %s)", [tag, position])
                late = pool.submit(append)
                until(lambda: waits(url))
                assert not late.done()
            return late.result(timeout=60)

    @pytest.mark.parametrize(
        "query", [es.Query(["NameTaken"]), es.Query(tags=["name:ada"])], ids=str
    )
    def test_a_condition_sees_what_was_committed_while_it_waited(
        self, racer: PostgresStore, url: str, query: es.Query
    ) -> None:
        condition = es.AppendCondition(query, after=0)
        taken = event("NameTaken", metadata={"tags": ["name:ada"]})

        def append() -> es.AppendResult:
            return racer.append("user-1", [event()], 0, condition=condition)

        with pytest.raises(ConditionFailed, match="rival-1"):
            self.behind(racer, url, taken, append)

    def test_a_version_is_that_which_was_committed_meanwhile(
        self, racer: PostgresStore, url: str
    ) -> None:
        racer.append("account-1", events(1), 0)  # remembered from here on
        with pytest.raises(WrongExpectedVersion, match="at version 1"):
            self.behind(racer, url, event(), lambda: racer.append("rival-1", [event()], 0))
        assert racer.append("account-1", [event()], 1).position == 3

    def test_a_retry_that_overtakes_itself_is_stored_once(
        self, racer: PostgresStore, url: str
    ) -> None:
        """The first attempt is still going on when the second one comes."""
        new = event(occurred_at=datetime(2025, 1, 1, tzinfo=UTC))
        with pytest.raises(DuplicateEvent, match="another body"):  # the rival has other times
            self.behind(racer, url, new, lambda: racer.append("rival-1", [new], 0))
        assert racer.version("rival-1") == 1

    def test_under_repeatable_read_what_is_read_behind_a_lock_is_stale(
        self, racer: PostgresStore, url: str
    ) -> None:
        """Why the store sets the level itself: this is how a condition would be decided."""
        found = {}
        with PostgresStore(url) as rival:
            for level in ("READ COMMITTED", "REPEATABLE READ"):
                ready, go = threading.Event(), threading.Event()

                def decide(level: str = level, ready: Any = ready, go: Any = go) -> int:
                    with racer.connection() as connection, connection.transaction():
                        connection.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
                        connection.execute("SELECT 1 FROM pg_class LIMIT 1")  # a first look
                        ready.set()
                        go.wait(60)
                        connection.execute("SELECT pg_advisory_xact_lock(7)")
                        [(n,)] = connection.execute("SELECT count(*) FROM events").fetchall()
                        return int(n)

                with ThreadPoolExecutor(1) as pool:
                    late = pool.submit(decide)
                    ready.wait(60)
                    before = rival.position()
                    rival.append("rival-1", [event()], es.ANY)
                    go.set()
                    found[level] = late.result(60) - before
        assert found == {"READ COMMITTED": 1, "REPEATABLE READ": 0}

    def test_the_store_sets_its_level_and_what_makes_a_commit_durable(self, url: str) -> None:
        weak = quote(
            "-c default_transaction_isolation=serializable -c synchronous_commit=off"
            " -c statement_timeout=1"
        )
        with PostgresStore(f"{url}&options={weak}") as store, store.connection() as connection:
            found = [
                connection.execute(f"SHOW {name}").fetchall()[0][0]
                for name in ("transaction_isolation", "synchronous_commit", "statement_timeout")
            ]
        assert found == ["read committed", "on", "0"]


# --- connections that end, and processes that part -----------------------------------------------


def cut_all(url: str) -> None:
    """End the sessions of a store, as an administrator can."""
    for pid in sessions(url):
        raw(url, f"SELECT pg_terminate_backend({pid}, 60000)")


def test_a_store_outlives_its_connections(store: PostgresStore, url: str) -> None:
    for n in range(5):
        store.append("account-1", events(1), n)
        assert len(store.read_all()) == n + 1
        cut_all(url)


def test_a_call_whose_connection_is_cut_says_so(store: PostgresStore, url: str) -> None:
    store.append("account-1", events(1), 0)

    def use() -> None:
        with store.connection() as connection:
            cut_all(url)
            connection.execute("SELECT 1")

    with pytest.raises(StoreUnavailable, match="retry with the same events"):
        use()
    assert store.append("account-1", events(1), 1).version == 2


def test_closing_ends_the_sessions(url: str) -> None:
    store = es.open_store(url)
    assert sessions(url)
    store.close()
    until(lambda: not sessions(url))
    with pytest.raises(StoreClosed):
        store.position()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_takes_nothing_from_its_parent(store: PostgresStore) -> None:
    store.append("account-1", events(1), 0)
    child = os.fork()
    if not child:
        outcome = 1
        try:
            store.append("account-1", events(1), 1)
        except StoreForked:
            outcome = 0
        finally:
            store.close()
            del store
            os._exit(outcome)
    assert os.waitpid(child, 0)[1] == 0
    assert store.append("account-1", events(1), 1).position == 2
