-- What there is in the schema, before anything is touched: which columns the tables have.
SELECT class.relname, array_agg(attribute.attname::TEXT ORDER BY attribute.attnum)
FROM pg_class AS class
JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid
WHERE namespace.nspname = %(schema)s
  AND class.relname IN ('events', 'events_head')
  AND attribute.attnum > 0
  AND NOT attribute.attisdropped
GROUP BY class.relname
