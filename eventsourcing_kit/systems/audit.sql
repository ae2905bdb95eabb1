-- Watch a table that is not ours: each change becomes a row of a log, in the same transaction.
-- $table is the table, $key its key column. Who and why come from the session's variables; `clock`
-- is one too, for lessons in which it must stand still.
CREATE SEQUENCE IF NOT EXISTS audit_change;
CREATE TABLE IF NOT EXISTS audit_log (
    change      BIGINT      DEFAULT nextval('audit_change') PRIMARY KEY,
    table_name  VARCHAR     NOT NULL,
    row_key     VARCHAR     NOT NULL,
    before      JSON,                    -- NULL where the row is new
    after       JSON,                    -- NULL where it was deleted
    who         VARCHAR,
    why         VARCHAR,
    occurred_at TIMESTAMPTZ NOT NULL
);

CREATE TRIGGER audit_insert AFTER INSERT ON $table
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
INSERT INTO audit_log (table_name, row_key, before, after, who, why, occurred_at)
SELECT '$table', $key::VARCHAR, NULL, to_json(new_rows), getvariable('who'), getvariable('why'),
       coalesce(getvariable('clock')::TIMESTAMPTZ, now())
FROM new_rows ORDER BY $key;

CREATE TRIGGER audit_update AFTER UPDATE ON $table
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT
INSERT INTO audit_log (table_name, row_key, before, after, who, why, occurred_at)
SELECT '$table', $key::VARCHAR,   -- a row whose key changes is deleted under one, new under the other
       CASE WHEN old_rows.$key IS NOT NULL THEN to_json(old_rows) END,
       CASE WHEN new_rows.$key IS NOT NULL THEN to_json(new_rows) END,
       getvariable('who'), getvariable('why'),
       coalesce(getvariable('clock')::TIMESTAMPTZ, now())
FROM old_rows FULL JOIN new_rows USING ($key) ORDER BY $key;

CREATE TRIGGER audit_delete AFTER DELETE ON $table
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT
INSERT INTO audit_log (table_name, row_key, before, after, who, why, occurred_at)
SELECT '$table', $key::VARCHAR, to_json(old_rows), NULL, getvariable('who'), getvariable('why'),
       coalesce(getvariable('clock')::TIMESTAMPTZ, now())
FROM old_rows ORDER BY $key;
