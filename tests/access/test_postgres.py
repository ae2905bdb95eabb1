"""Attempts to get around the roles of a store in PostgreSQL, each as whom it would help.

At the end stands what is still possible: for the owner, for a superuser, and for who counts.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import errors

import eventsourcing_kit as es
from eventsourcing_kit.access import postgres, tenant_in_name
from eventsourcing_kit.errors import StoreRefused
from eventsourcing_kit.stores.postgres_connections import parse
from tests.access.cases import deposit
from tests.stores.postgres_server import drop, schema_url, server

SECRET = "Wilhelmina Quist"  # in a stream of the tenant "south"
Connection = psycopg.Connection[Any]


@dataclass
class Wall:
    """A store with roles, two tenants, and a way to log in."""

    url: str
    schema: str

    def url_of(self, login: str, tenant: str | None = None) -> str:
        """The store's URL for a login, which works for one tenant."""
        url = self.url.replace("//postgres@", f"//{self.schema}_{login}@")
        return url if tenant is None else f"{url}&options={quote(f'-c app.tenant={tenant}')}"

    def as_(self, login: str | None = None, tenant: str | None = None) -> Connection:
        """A connection of a login, or of the superuser, in the store's schema."""
        url = self.url if login is None else self.url_of(login)
        options = f"-c search_path={self.schema} -c lock_timeout=20s" + (
            f" -c app.tenant={tenant}" if tenant else ""
        )
        return psycopg.connect(parse(url).conninfo, options=options, autocommit=True)


@pytest.fixture(scope="module")
def wall() -> Iterator[Wall]:
    """north has account-north.1 at position 1 and 3; south has the secret at 2 and 4."""
    url = schema_url(server().url)
    if "//postgres@" not in url:
        pytest.skip("the server is somebody's own; roles are not made there")
    with es.open_store(url) as store:
        for tenant, memo in (("north", "Rent"), ("south", SECRET)) * 2:
            tagged = deposit(5, memo, tags=[f"of {memo}"])
            store.append(f"account-{tenant}.1", [tagged], es.ANY)
        schema = url.rpartition("schema=")[2]
        found = Wall(url, schema)
        postgres.install(url)
        postgres.add_login(url, f"{schema}_nora", "reader", ["north"])
        postgres.add_login(url, f"{schema}_nick", "writer", ["north"])
        postgres.add_login(url, f"{schema}_both", "writer", ["north", "south"])
        postgres.add_login(url, f"{schema}_audra", "auditor")
        with found.as_() as admin:
            admin.execute("ANALYZE events")
            admin.execute("SELECT lo_from_bytea(4711, 'an export of somebody')")
        yield found
    with found.as_() as admin:
        roles = ", ".join(
            row[0]
            for row in admin.execute(
                "SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s)", [f"{schema}_"]
            )
        )
        drop(url)
        admin.execute("SELECT lo_unlink(4711)")
        admin.execute(f"DROP OWNED BY {roles}".encode())
        admin.execute(f"DROP ROLE {roles}".encode())


@pytest.fixture
def admin(wall: Wall) -> Iterator[Connection]:
    """A superuser, whose changes are undone."""
    with wall.as_() as connection, connection.transaction(force_rollback=True):
        yield connection


LOGINS = {"nora": "north", "nick": "north", "audra": None}
each_login = pytest.mark.parametrize("login", LOGINS)

# What nobody but the owner or a superuser may do; {schema} is the store's.
FORBIDDEN = [
    "UPDATE events SET type = 'Nothing'",
    "UPDATE events SET position = position WHERE FALSE",
    "DELETE FROM events",
    "TRUNCATE events",
    "TRUNCATE events_head",
    "MERGE INTO events USING events_head ON TRUE WHEN MATCHED THEN DELETE",
    "INSERT INTO events SELECT * FROM events ON CONFLICT (stream_id, version) "
    "DO UPDATE SET type = ''",
    "DELETE FROM events_head",
    "UPDATE events_head SET format = 2",
    "UPDATE events_tags SET tag = ''",
    "DROP TABLE events",
    "DROP TABLE events CASCADE",
    "DROP SCHEMA {schema} CASCADE",
    "DROP TRIGGER refuse ON events",
    "ALTER TABLE events DISABLE TRIGGER ALL",
    "ALTER TABLE events DISABLE TRIGGER refuse",
    "ALTER TRIGGER refuse ON events RENAME TO allow",
    "CREATE OR REPLACE FUNCTION {schema}.events_refuse() RETURNS TRIGGER LANGUAGE plpgsql AS "
    "'BEGIN RETURN new; END'",
    "SET session_replication_role = replica",
    "ALTER TABLE events DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE events NO FORCE ROW LEVEL SECURITY",
    "CREATE POLICY mine ON events USING (TRUE)",
    "DROP POLICY tenant_reads ON events",
    "ALTER POLICY tenant_reads ON events USING (TRUE)",
    "INSERT INTO tenant_members VALUES (current_user, 'south')",
    "UPDATE tenant_members SET tenant = 'south'",
    "ALTER TABLE events OWNER TO CURRENT_USER",
    "ALTER TABLE events DETACH PARTITION events_0",
    "SELECT * FROM events_0",
    "COPY events_0 TO STDOUT",
    "INSERT INTO events_0 SELECT * FROM events",
    "UPDATE events_0 SET type = 'Nothing'",
    "DELETE FROM events_0",
    "TRUNCATE events_0",
    "SET ROLE {schema}_owner",
    "SET ROLE postgres",
    "SET SESSION AUTHORIZATION postgres",
    "SET SESSION AUTHORIZATION {schema}_owner",
    "SET ROLE {schema}_both",
    "SET SESSION AUTHORIZATION {schema}_both",
    "SELECT set_config('role', '{schema}_owner', FALSE)",
    "SELECT set_config('session_replication_role', 'replica', FALSE)",
    "GRANT {schema}_owner TO CURRENT_USER",
    "GRANT ALL ON events TO CURRENT_USER; UPDATE events SET type = 'Nothing'",
    "ALTER ROLE CURRENT_USER BYPASSRLS",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "CREATE ROLE {schema}_other",
    "CREATE TRIGGER mine BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION events_refuse()",
    "CREATE RULE quiet AS ON INSERT TO events DO INSTEAD NOTHING",
    "CREATE INDEX mine ON events ((data::TEXT))",
    "CREATE STATISTICS mine ON stream_id, type FROM events",
    "CREATE TABLE {schema}.mine (stream_id TEXT, version BIGINT, "
    "FOREIGN KEY (stream_id, version) REFERENCES events)",
    "CREATE TABLE public.mine (LIKE events)",
    "CREATE VIEW {schema}.mine AS SELECT * FROM events",
    "CREATE MATERIALIZED VIEW {schema}.mine AS SELECT * FROM events",
    "CREATE TEMPORARY TABLE events (LIKE events)",
    "CREATE TEMPORARY TABLE tenant_members AS SELECT current_user AS member, 'south' AS tenant",
    "SELECT * INTO TEMPORARY events_head FROM events_head",
    "CREATE TEMPORARY VIEW tenant_members AS SELECT current_user AS member, 'south' AS tenant",
    "CREATE FUNCTION {schema}.leak() RETURNS INT LANGUAGE SQL SECURITY DEFINER RETURN 1",
    "CREATE FUNCTION pg_temp.leak(TEXT) RETURNS BOOLEAN LANGUAGE plpgsql COST 0.0001 AS "
    "'BEGIN RAISE NOTICE ''%'', $1; RETURN TRUE; END'",
    "CREATE SEQUENCE {schema}.mine",
    "CREATE TEMPORARY SEQUENCE mine",
    "EXPLAIN ANALYZE DELETE FROM events",
    "EXPLAIN ANALYZE UPDATE events SET type = 'Nothing'",
    "PREPARE later AS DELETE FROM events; EXECUTE later",
    "BEGIN; DECLARE one CURSOR FOR SELECT * FROM events FOR UPDATE",
    "CREATE EXTENSION file_fdw",
    "CREATE PUBLICATION mine FOR TABLE events",
    "BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE",
    "COPY events TO '/tmp/events.txt'",
    "COPY events TO PROGRAM 'cat'",
    "SELECT pg_read_file('postgresql.conf')",
    "SELECT lo_import('/etc/hostname')",
    "SELECT lo_get(4711)",
    "SELECT lo_put(4711, 0, 'other')",
    "SELECT lo_export(4711, '/tmp/export')",
    "SELECT * FROM pg_largeobject",
    "SELECT * FROM events_head FOR UPDATE; UPDATE events_head SET partitions = 0",
    "SELECT * FROM pg_statistic",
    "SELECT * FROM pg_authid",
    "DO LANGUAGE plpgsql 'BEGIN DELETE FROM events; END'",
]


def stored(wall: Wall) -> list[Any]:
    """All events and the head, as they are."""
    with wall.as_() as superuser:
        head = superuser.execute("SELECT * FROM events_head").fetchall()
        return head + superuser.execute("SELECT * FROM events ORDER BY position").fetchall()


@each_login
@pytest.mark.parametrize("statement", FORBIDDEN)
def test_it_is_refused_and_changes_nothing(wall: Wall, login: str, statement: str) -> None:
    before = stored(wall)
    with wall.as_(login, LOGINS[login]) as connection:
        with pytest.raises(psycopg.Error) as refused:
            connection.execute(statement.replace("{schema}", wall.schema).encode())
        assert isinstance(refused.value, errors.InsufficientPrivilege), refused.value
        assert SECRET not in str(refused.value)
    assert stored(wall) == before


# What runs, and must not show a row of another tenant.
ATTEMPTS = [
    "SELECT * FROM events",
    "TABLE events",
    "SELECT * FROM events WHERE stream_id = 'account-south.1'",
    "SELECT mine.data, other.data FROM events AS mine JOIN events AS other USING (type)",
    "SELECT other.* FROM events_head JOIN events AS other ON TRUE",
    "SELECT other.* FROM events AS mine RIGHT JOIN events AS other ON FALSE",
    "SELECT (SELECT string_agg(data::TEXT, '') FROM events AS other) FROM events",
    "SELECT string_agg(data::TEXT, '') OVER () FROM events",
    "SELECT * FROM events TABLESAMPLE SYSTEM (100)",
    "SELECT * FROM events WHERE ctid = '(0,1)'",
    "SELECT * FROM events FOR KEY SHARE SKIP LOCKED",
    "SELECT tag FROM events_tags",
    "SELECT query_to_xml('SELECT * FROM events', TRUE, FALSE, '')",
    "SELECT table_to_xml('events', TRUE, FALSE, '')",
    "SELECT database_to_xml(TRUE, FALSE, '')",
    "SELECT * FROM pg_stats WHERE tablename LIKE 'events%'",
    "SELECT * FROM pg_stats_ext",
    "SELECT * FROM pg_stat_activity",
    "SELECT * FROM pg_policies",
    "SELECT relname, reloptions, pg_get_partkeydef(oid) FROM pg_class",
    "WITH south AS MATERIALIZED (SELECT * FROM events) SELECT * FROM south",
    "SET app.tenant = 'south'; SELECT * FROM events",
    "SET app.tenant = 'north'',''south'; SELECT * FROM events",
    "SET app.tenant = ''; SELECT * FROM events",
    "RESET ALL; SELECT * FROM events",
    "PREPARE again AS SELECT * FROM events; SET app.tenant = 'south'; EXECUTE again",
    "PREPARE one (TEXT) AS SELECT * FROM events WHERE stream_id > $1; EXECUTE one ('a')",
    "PREPARE mine AS TABLE events; EXPLAIN (ANALYZE, VERBOSE) EXECUTE mine; EXECUTE mine",
    "EXPLAIN (ANALYZE, VERBOSE, BUFFERS, SETTINGS) SELECT * FROM events WHERE position = 2",
    "DECLARE all_of_it CURSOR WITH HOLD FOR SELECT * FROM events; FETCH ALL FROM all_of_it",
    "SELECT * FROM pg_prepared_statements",
    "SELECT * FROM pg_sequences",
    "SELECT * FROM pg_locks",
    "SELECT pg_advisory_lock(2); SELECT * FROM events",
    "ALTER ROLE CURRENT_USER SET app.tenant = 'sou' 'th'; SELECT * FROM events",
    "SET ROLE {schema}_reader; SELECT * FROM events",
    "SET search_path = pg_catalog, public, {schema}; SELECT * FROM {schema}.events",
    # A condition that says what it sees when it fails must not be asked before the policy is.
    "SELECT * FROM events WHERE (data->>'memo')::INT = 1 AND stream_id LIKE '%south%'",
    "SELECT * FROM events WHERE 1 / (position - 2) > 5 AND stream_id LIKE '%south%'",
    "SELECT * FROM events WHERE (data->>'memo')::XML IS NOT NULL AND stream_id LIKE '%south%'",
]


def run(connection: Connection, statement: str) -> str:
    """All that it says: rows, notices, errors."""
    said: list[str] = []
    connection.add_notice_handler(lambda notice: said.append(str(notice.message_primary)))
    try:
        cursor = connection.execute(statement.encode())
        while cursor.nextset():
            pass
        said += map(str, cursor.fetchall() if cursor.description else [])
    except psycopg.Error as error:
        said.append(f"{type(error).__name__}: {error}")
    return "\n".join(said)


@pytest.mark.parametrize("login", ["nora", "nick"])
@pytest.mark.parametrize("statement", ATTEMPTS)
def test_nothing_of_another_tenant_is_seen(wall: Wall, login: str, statement: str) -> None:
    statement = statement.replace("{schema}", wall.schema)
    with wall.as_() as superuser:  # who shows that there is something to be seen, if it is rows
        assert SECRET in run(superuser, "SELECT * FROM events")
    with wall.as_(login, "north") as connection:
        said = run(connection, statement)
    assert SECRET not in said
    assert "south" not in said


def test_the_conditions_that_tell_by_failing_would_have_told(wall: Wall) -> None:
    with wall.as_() as superuser:
        assert f'invalid input syntax for type integer: "{SECRET}"' in run(superuser, ATTEMPTS[-3])
        assert "division by zero" in run(superuser, ATTEMPTS[-2])


def test_a_tenant_sees_its_own_and_the_auditor_sees_all(wall: Wall) -> None:
    query = "SELECT DISTINCT stream_id FROM events ORDER BY stream_id"
    both = [("account-north.1",), ("account-south.1",)]
    with wall.as_("nora", "north") as nora, wall.as_("audra") as audra:
        assert nora.execute(query).fetchall() == both[:1]
        assert nora.execute("SELECT DISTINCT tag FROM events_tags").fetchall() == [("of Rent",)]
        assert audra.execute(query).fetchall() == both
        assert len(audra.execute("SELECT DISTINCT tag FROM events_tags").fetchall()) == 2


@pytest.mark.parametrize("login", ["nora", "nick"])
def test_nobody_becomes_the_auditor(wall: Wall, login: str) -> None:
    for statement in ("SET ROLE", "SET LOCAL ROLE", "SET SESSION AUTHORIZATION"):
        with (
            wall.as_(login, LOGINS[login]) as connection,
            pytest.raises(errors.InsufficientPrivilege),
            connection.transaction(),
        ):
            connection.execute(f"{statement} {wall.schema}_auditor".encode())


def test_copy_gives_what_a_query_gives_and_takes_nothing(wall: Wall) -> None:
    with wall.as_("nick", "north") as nick:
        with nick.cursor().copy("COPY (SELECT * FROM events) TO STDOUT") as copy:
            text = b"".join(copy).decode()
        assert "Rent" in text
        assert SECRET not in text
        with nick.cursor().copy("COPY events TO STDOUT") as copy:  # ONLY it, and it has no rows
            assert list(copy) == []
        with pytest.raises(errors.FeatureNotSupported, match="row-level security"):
            nick.execute("COPY events FROM STDIN")


def test_who_turns_row_security_off_gets_an_error_and_no_half_of_a_dump(wall: Wall) -> None:
    """As pg_dump does, so that a dump is never silently a part."""
    with wall.as_("nora", "north") as nora:
        nora.execute("SET row_security = off")
        with pytest.raises(errors.InsufficientPrivilege, match="would be affected by row-level"):
            nora.execute("SELECT * FROM events")


def test_a_tenant_holds_for_one_transaction_and_only_for_members(wall: Wall) -> None:
    query = "SELECT DISTINCT stream_id FROM events"
    with wall.as_("both") as pooled:
        assert pooled.execute(query).fetchall() == []
        for tenant in ("north", "south"):
            with postgres.for_tenant(pooled, tenant):
                assert pooled.execute(query).fetchall() == [(f"account-{tenant}.1",)]
            assert pooled.execute(query).fetchall() == []
    with wall.as_("nora") as nora, postgres.for_tenant(nora, "south"):
        assert nora.execute(query).fetchall() == []


INSERT = """
WITH head AS (UPDATE events_head SET position = position + 1 RETURNING position)
INSERT INTO events
SELECT {position}, '{stream_id}', {version}, gen_random_uuid(), 'MoneyDeposited', 1,
    '{{}}', '{{}}', now(), now()
FROM head
"""


def insert(
    stream_id: str = "account-north.1", version: int = 9, position: str = "position"
) -> bytes:
    return INSERT.format(stream_id=stream_id, version=version, position=position).encode()


class TestAppending:
    def test_a_writer_appends_for_its_tenant(self, wall: Wall) -> None:
        with wall.as_("nick", "north") as nick, nick.transaction(force_rollback=True):
            assert nick.execute(insert()).rowcount == 1

    @pytest.mark.parametrize("version", [1, 9], ids=["there already", "new"])
    def test_another_tenants_stream_is_refused_and_does_not_tell_what_is_in_it(
        self, wall: Wall, version: int
    ) -> None:
        with wall.as_("nick", "north") as nick:
            for stream_id in ("account-south.1", "account-1", "account-north"):
                with pytest.raises(errors.InsufficientPrivilege, match="violates row-level") as no:
                    nick.execute(insert(stream_id, version))
                assert "Key" not in str(no.value)  # as a broken unique constraint would tell

    def test_nobody_writes_where_readers_have_passed(self, wall: Wall) -> None:
        with wall.as_("nick", "north") as nick:
            with pytest.raises(errors.InsufficientPrivilege, match="violates row-level"):
                nick.execute(insert(position="2"))
            with pytest.raises(errors.InsufficientPrivilege, match="violates row-level"):
                nick.execute("INSERT INTO events_tags VALUES ('mine', 2)")
            with pytest.raises(errors.RaiseException, match="append-only"):
                nick.execute("UPDATE events_head SET position = 0")

    def test_a_reader_and_the_auditor_append_nothing(self, wall: Wall) -> None:
        for login in ("nora", "audra"):
            with wall.as_(login, "north") as connection:
                for statement in (b"INSERT INTO events_tags VALUES ('mine', 99)", insert()):
                    with pytest.raises(errors.InsufficientPrivilege):
                        connection.execute(statement)


class TestTheStore:
    """The engine works with these roles as with a superuser, within what they may do."""

    def test_a_writer_of_one_tenant_has_a_store_with_gaps(self, wall: Wall) -> None:
        with es.open_store(wall.url_of("nick", "north")) as store:
            assert {event.stream_id for event in store.read_all()} == {"account-north.1"}
            version = store.version("account-north.1")
            result = store.append("account-north.1", [deposit(7, tags=["x"])], version)
            assert store.read_stream("account-north.1")[-1].version == result.version
            batches = list(store.catch_up(batch=1))
            assert [len(events) for events in batches] == [1] * len(batches)
            assert store.read_matching(es.Query(tags=[f"of {SECRET}"])) == []
            with pytest.raises(StoreRefused, match="row-level security"):
                store.append("account-south.1", [deposit(7)], es.ANY)

    def test_a_reader_reads_and_appends_nothing(self, wall: Wall) -> None:
        with es.open_store(wall.url_of("nora", "north"), read_only=True) as store:
            assert {event.stream_id for event in store.read_all()} == {"account-north.1"}
            assert store.streams() == ["account-north.1"]
            assert SECRET not in repr([rows.to_pylist() for rows in store.read_columns()])

    def test_the_auditor_reads_all(self, wall: Wall) -> None:
        with es.open_store(wall.url_of("audra"), read_only=True) as store:
            assert store.streams() == ["account-north.1", "account-south.1"]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"])), max_size=20))
def test_sql_and_python_find_the_same_tenant_in_a_name(names: list[str]) -> None:
    names += ["account-north.1", "account-.1", "account-1", "a.b-c.d-e.f", "-.", "north.1"]
    query = "SELECT substring(name FROM '^[^-]*-([^.]*)[.]') FROM unnest(%s::TEXT[]) AS name"
    with psycopg.connect(parse(schema_url(server().url)).conninfo) as connection:
        found = [row[0] for row in connection.execute(query, [names])]
    assert found == [tenant_in_name(name) for name in names]


class TestWhatIsStillPossible:
    """Shown and not hidden. Against the first two, there are the seals of chapter 10."""

    def test_the_owner_takes_the_wall_down(self, wall: Wall, admin: Connection) -> None:
        admin.execute(f"SET ROLE {wall.schema}_owner".encode())
        assert admin.execute("SELECT * FROM events").fetchall() == []  # while it is FORCEd
        admin.execute("ALTER TABLE events NO FORCE ROW LEVEL SECURITY")
        admin.execute("ALTER TABLE events DISABLE TRIGGER refuse")
        assert admin.execute("UPDATE events SET type = 'Nothing'").rowcount >= 4

    def test_a_superuser_does_not_even_meet_it(self, admin: Connection) -> None:
        assert SECRET in run(admin, "SELECT * FROM events")
        admin.execute("SET LOCAL session_replication_role = replica")  # no trigger fires
        assert admin.execute("DELETE FROM events").rowcount >= 4

    @pytest.mark.parametrize(
        ("owner", "sees"),
        [("{schema}_owner", False), ("postgres", True)],
        ids=["owner", "superuser"],
    )
    def test_a_view_and_a_definers_function_see_what_their_owner_sees(
        self, wall: Wall, owner: str, sees: bool
    ) -> None:
        name = f"{wall.schema}_nora"
        owner = owner.replace("{schema}", wall.schema)
        with wall.as_() as superuser:
            superuser.execute(
                f"""
                CREATE VIEW seen AS SELECT * FROM events;
                CREATE FUNCTION told() RETURNS SETOF events LANGUAGE plpgsql SECURITY DEFINER
                SET search_path = {wall.schema}
                AS 'BEGIN RETURN QUERY SELECT * FROM events; END';
                CREATE VIEW own WITH (security_invoker = TRUE) AS SELECT * FROM events;
                ALTER VIEW seen OWNER TO {owner};
                ALTER FUNCTION told() OWNER TO {owner};
                GRANT SELECT ON seen, own TO {name};
                GRANT EXECUTE ON FUNCTION told TO {name};
                """.encode()
            )
            try:
                with wall.as_("nora", "north") as nora:
                    for asked in ("SELECT * FROM seen", "SELECT * FROM told()"):
                        assert (SECRET in run(nora, asked)) is sees
                    assert "Rent" in run(nora, "SELECT * FROM own")
                    assert SECRET not in run(nora, "SELECT * FROM own")
            finally:
                superuser.execute("DROP VIEW seen, own; DROP FUNCTION told")

    @pytest.mark.parametrize("promise", ["NOT LEAKPROOF", "LEAKPROOF"])
    def test_a_function_that_is_called_leakproof_is_asked_before_the_policy(
        self, wall: Wall, promise: str
    ) -> None:
        """Only a superuser can call a function that, and here they lie."""
        with wall.as_() as superuser:
            superuser.execute(
                f"""
                CREATE FUNCTION tell(TEXT) RETURNS BOOLEAN LANGUAGE plpgsql COST 0.0001 {promise}
                AS 'BEGIN RAISE NOTICE ''%'', $1; RETURN TRUE; END';
                GRANT EXECUTE ON FUNCTION tell TO {wall.schema}_reader;
                """.encode()
            )
            try:
                with wall.as_("nora", "north") as nora:
                    said = run(nora, "SELECT 1 FROM events WHERE tell(stream_id)")
            finally:
                superuser.execute("DROP FUNCTION tell")
        assert "account-north.1" in said
        assert ("account-south.1" in said) is (promise == "LEAKPROOF")

    def test_who_counts_learns_how_much_there_is(self, wall: Wall) -> None:
        """The head is everybody's; a plan that is run says how many rows it threw away; and what
        the server counts of its tables it tells everybody.
        """
        with wall.as_("nora", "north") as nora:
            seen = nora.execute("SELECT count(*) FROM events").fetchone()
            head = nora.execute("SELECT position FROM events_head").fetchone()
            rows = "SELECT sum(reltuples)::INT FROM pg_class WHERE relname ~ '^events_[0-9]+$'"
            counted = nora.execute(rows.encode()).fetchone()
            plan = run(nora, "EXPLAIN (ANALYZE, TIMING OFF) SELECT * FROM events")
        assert seen is not None
        assert head is not None
        assert seen[0] < head[0]
        assert "Rows Removed by Filter: 2" in plan
        assert counted is not None
        assert counted[0] >= 4

    def test_whoever_logs_in_can_fill_the_disk_with_large_objects_of_their_own(
        self, wall: Wall
    ) -> None:
        """Their functions are PostgreSQL's and everybody's; what is in one is its owner's."""
        with wall.as_("nora", "north") as nora, nora.transaction(force_rollback=True):
            assert nora.execute("SELECT lo_from_bytea(0, 'mine')").fetchone() is not None
            with pytest.raises(errors.InsufficientPrivilege), nora.transaction():
                nora.execute("SELECT lo_unlink(4711)")

    def test_a_writer_can_leave_a_gap_in_the_positions(self, wall: Wall) -> None:
        with wall.as_("nick", "north") as nick, nick.transaction(force_rollback=True):
            assert nick.execute("UPDATE events_head SET position = position + 1").rowcount == 1


def test_installing_twice_is_an_error_that_changes_nothing(wall: Wall) -> None:
    with pytest.raises(errors.DuplicateObject):
        postgres.install(wall.url)
    with pytest.raises(es.InvalidInput):
        postgres.add_login(wall.url, "no; DROP ROLE postgres", "reader")


def test_waiting_for_nobody(wall: Wall) -> None:
    """A reader's lock holds no writer up: SELECT takes none that an append waits for."""
    done = threading.Event()

    def append() -> None:
        with es.open_store(wall.url_of("nick", "north")) as store:
            store.append("account-north.2", [deposit(1)], es.ANY)
        done.set()

    with wall.as_("nora", "north") as nora, nora.transaction():
        nora.execute("SELECT * FROM events")
        thread = threading.Thread(target=append, daemon=True)
        thread.start()
        assert done.wait(60)


def test_who_listens_hears_nothing_of_what_is_appended(wall: Wall) -> None:
    """The store notifies nobody, so there is no channel that a tenant could listen to."""
    with wall.as_("nora", "north") as nora:
        for channel in ("events", wall.schema, "events_head", "append"):
            nora.execute(f"LISTEN {channel}".encode())
        with es.open_store(wall.url_of("both", "south")) as store:
            store.append("account-south.2", [deposit(5, SECRET)], es.ANY)
        assert list(nora.notifies(timeout=0.5)) == []
        nora.execute("NOTIFY events, 'from nora'")  # it can be heard, and she says so herself
        assert [heard.payload for heard in nora.notifies(timeout=20, stop_after=1)] == ["from nora"]


def test_who_holds_all_advisory_locks_keeps_nobody_from_appending(wall: Wall) -> None:
    """Anybody can take them, so a store that is there must not wait for one."""
    with wall.as_("nora", "north") as nora:
        nora.execute("SELECT pg_advisory_lock(hashtext(%s))", [wall.schema])
        nora.execute("SELECT pg_advisory_lock(1)")
        with es.open_store(wall.url_of("nick", "north")) as store:
            before = store.version("account-north.3")
            store.append("account-north.3", [deposit(5)], es.ANY)
            assert store.version("account-north.3") == before + 1
