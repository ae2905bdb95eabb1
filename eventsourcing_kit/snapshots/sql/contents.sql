-- All that somebody has put into the file, in whatever schema.
SELECT schema_name, name
FROM (
    SELECT schema_name, table_name AS name, database_name, internal FROM duckdb_tables()
    UNION ALL SELECT schema_name, view_name, database_name, internal FROM duckdb_views()
    UNION ALL SELECT schema_name, function_name, database_name, internal FROM duckdb_functions()
    UNION ALL SELECT schema_name, type_name, database_name, internal FROM duckdb_types()
    UNION ALL SELECT schema_name, sequence_name, database_name, false FROM duckdb_sequences()
)
WHERE database_name = current_database() AND NOT internal
