-- Four roles for one store, in the place of one user who may do everything. Nobody logs in as one
-- of them: a service or a person is made a member of one.
CREATE ROLE {schema}_owner   NOLOGIN;  -- whose the tables are: for migrations, and no daily work
CREATE ROLE {schema}_writer  NOLOGIN;  -- appends, and reads what it decides on
CREATE ROLE {schema}_reader  NOLOGIN;
CREATE ROLE {schema}_auditor NOLOGIN;  -- reads, whosever it is

ALTER SCHEMA {schema} OWNER TO {schema}_owner;
ALTER TABLE events      OWNER TO {schema}_owner;
ALTER TABLE events_head OWNER TO {schema}_owner;
ALTER TABLE events_tags OWNER TO {schema}_owner;
ALTER FUNCTION events_refuse() OWNER TO {schema}_owner;

-- A partition is a table of its own, with an owner of its own.
DO $$
DECLARE
    part REGCLASS;
BEGIN
    FOR part IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'events'::REGCLASS LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO {schema}_owner', part);
    END LOOP;
END
$$;
