-- Functions that lie in the file and are taken in the place of DuckDB's own: a reader's sum, say.
SELECT DISTINCT function_name
FROM system.main.duckdb_functions()
WHERE NOT internal
  AND function_name IN (SELECT function_name FROM system.main.duckdb_functions() WHERE internal)
ORDER BY function_name
