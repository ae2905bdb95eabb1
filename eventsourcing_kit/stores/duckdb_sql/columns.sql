-- What `events` is: its columns with their types, and whether it is a table or a view. The functions
-- are named in full, for a file may have some of its own by the same names.
SELECT
    column_name, data_type,
    table_oid IN (
        SELECT table_oid
        FROM system.main.duckdb_tables()
        WHERE database_name = current_database()
    )
FROM system.main.duckdb_columns()
WHERE table_name = 'events'
  AND schema_name = 'main'
  AND database_name = current_database()
ORDER BY column_index
