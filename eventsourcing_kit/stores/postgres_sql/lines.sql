-- Events as lines of cells that are parted by tabs, some in one row of the answer: a client is
-- faster with a thousand rows than with a hundred thousand. In no order: who reads them sorts them
-- sooner than the server would. No store writes a cell that is null, or one with a tab or a line
-- break: so the reader is told how many events there are, and how many lack something. Functions of
-- any arguments are named with their schema: one in the store's own, for just these, would be taken.
SELECT
    string_agg(pg_catalog.concat_ws(E'\t', {columns}), E'\n') || E'\n',
    count(*),
    bool_or(pg_catalog.num_nulls({columns}) > 0)
FROM events
WHERE position > %(after_position)s AND position <= %(to_position)s
GROUP BY position / 64
