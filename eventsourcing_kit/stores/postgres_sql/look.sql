-- What there is in the schema, before anything is touched: which columns the tables have, of which
-- types, and whether they are tables at all: a view may show each reader something else.
SELECT
    class.relname,
    array_agg(attribute.attname::TEXT ORDER BY attribute.attnum),
    array_agg(
        pg_catalog.format_type(attribute.atttypid, NULL) ORDER BY attribute.attnum
    ) = %(types)s::TEXT[] AND class.relkind = 'p'
FROM pg_catalog.pg_class AS class
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
JOIN pg_catalog.pg_attribute AS attribute ON attribute.attrelid = class.oid
WHERE namespace.nspname = %(schema)s
  AND class.relname IN ('events', 'events_head')
  AND attribute.attnum > 0
  AND NOT attribute.attisdropped
GROUP BY class.relname, class.relkind
