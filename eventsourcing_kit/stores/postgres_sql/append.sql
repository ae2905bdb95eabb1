-- One batch, one statement: all of it or none. It is stored if the store still ends where whoever
-- numbered the events believed; else no row is. The lock on the head is held through the commit.
WITH head AS (
    UPDATE events_head
    SET position = %(position)s, recorded_at = %(last_recorded_at)s
    WHERE position = %(before)s
    RETURNING TRUE
),
tagged AS (
    INSERT INTO events_tags
    SELECT new.*
    FROM head, unnest(%(tags)s::TEXT[], %(tagged)s::BIGINT[]) AS new
),
stored AS (
    INSERT INTO events
    SELECT new.*
    FROM head, unnest(
        %(positions)s::BIGINT[],
        %(stream_ids)s::TEXT[],
        %(versions)s::BIGINT[],
        %(event_ids)s::UUID[],
        %(types)s::TEXT[],
        %(schema_versions)s::INTEGER[],
        %(data)s::JSON[],
        %(metadata)s::JSON[],
        %(occurred_at)s::TIMESTAMPTZ[],
        %(recorded_at)s::TIMESTAMPTZ[]
    ) AS new
    RETURNING TRUE
)
SELECT count(*) FROM stored
