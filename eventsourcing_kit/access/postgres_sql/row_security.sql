-- Tenants share the tables and see their own streams: "north" sees account-north.1007.
-- Which tenant a transaction works for is a setting (set_tenant.sql). Anybody can set a setting, so
-- it counts only for who is a member: the roles that may work for a tenant stand in a table.
CREATE TABLE tenant_members (
    member NAME             NOT NULL,  -- a role that logs in
    tenant TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (member, tenant)
);
ALTER TABLE tenant_members OWNER TO {schema}_owner;
ALTER TABLE tenant_members ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON tenant_members FOR SELECT USING (member = current_user);
GRANT SELECT ON tenant_members TO {schema}_writer, {schema}_reader;

-- A condition that is not the policy's is asked after it, so that none can tell what it saw by
-- failing; but for functions marked LEAKPROOF, which only a superuser can do
-- (https://www.postgresql.org/docs/current/sql-createpolicy.html).
-- Without FORCE the owner would be let through, and with them each view and each SECURITY DEFINER
-- function that is theirs. No policy names the owner, so the owner sees no row.
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
ALTER TABLE events FORCE ROW LEVEL SECURITY;
ALTER TABLE events_tags ENABLE ROW LEVEL SECURITY;
ALTER TABLE events_tags FORCE ROW LEVEL SECURITY;

-- The policies of `events` hold for who reads through it. A partition has its own, and here none.
DO $$
DECLARE
    part REGCLASS;
BEGIN
    FOR part IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'events'::REGCLASS LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', part);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', part);
    END LOOP;
END
$$;

-- The membership is looked up once a statement; what is left for each row is a comparison.
CREATE POLICY tenant_reads ON events FOR SELECT TO {schema}_writer, {schema}_reader USING (
    substring(stream_id FROM '^[^-]*-([^.]*)[.]') = (
        SELECT tenant FROM tenant_members
        WHERE member = current_user AND tenant = current_setting('app.tenant', TRUE)
    )
);

-- Nobody writes at a position that readers have passed. The statement that appends (append.sql of
-- the store) also moves the head on; here it is seen as it was before.
CREATE POLICY tenant_appends ON events FOR INSERT TO {schema}_writer WITH CHECK (
    substring(stream_id FROM '^[^-]*-([^.]*)[.]') = (
        SELECT tenant FROM tenant_members
        WHERE member = current_user AND tenant = current_setting('app.tenant', TRUE)
    )
    AND position > (SELECT head.position FROM events_head AS head)
);

CREATE POLICY all_for_audit ON events FOR SELECT TO {schema}_auditor USING (TRUE);

-- Who sees an event sees its tags; who appends tags what is new.
CREATE POLICY tags_of_seen ON events_tags FOR SELECT
TO {schema}_writer, {schema}_reader, {schema}_auditor USING (
    EXISTS (SELECT FROM events WHERE events.position = events_tags.position)
);
CREATE POLICY tags_of_new ON events_tags FOR INSERT TO {schema}_writer WITH CHECK (
    position > (SELECT head.position FROM events_head AS head)
);
