-- What nobody was given, nobody has. In PostgreSQL everybody (PUBLIC) may make temporary tables and
-- run functions, so that is taken back first; the first line is about the whole database.
DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format(
        'GRANT CONNECT ON DATABASE %I TO {schema}_writer, {schema}_reader, {schema}_auditor',
        current_database()
    );
END
$$;
REVOKE ALL ON SCHEMA {schema} FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {schema} FROM PUBLIC;

GRANT USAGE ON SCHEMA {schema} TO {schema}_writer, {schema}_reader, {schema}_auditor;
GRANT SELECT ON events, events_tags, events_head
TO {schema}_writer, {schema}_reader, {schema}_auditor;

-- Append only: INSERT, and no UPDATE, DELETE or TRUNCATE. The triggers say the same again.
GRANT INSERT ON events, events_tags TO {schema}_writer;
-- Who appends moves the head on. Not back, says its trigger; and no other column.
GRANT UPDATE (position, recorded_at) ON events_head TO {schema}_writer;

-- Nothing is granted on the partitions. Who goes through `events` needs nothing there; who names a
-- partition by itself would meet only the grants and the policies of that partition
-- (https://www.postgresql.org/docs/current/ddl-inherit.html).
