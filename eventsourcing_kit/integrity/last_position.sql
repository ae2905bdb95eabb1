-- The last position that anybody can find in the table, whatever the store says of its end.
SELECT coalesce(max(position), 0) FROM {table}
