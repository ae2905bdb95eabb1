COPY (
    SELECT {columns}
    FROM events
    WHERE position > %(after_position)s AND position <= %(to_position)s
    ORDER BY position
) TO STDOUT
