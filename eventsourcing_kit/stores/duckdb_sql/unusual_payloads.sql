-- The rows whose payload is not plainly right: all others are flat objects in canonical form.
-- $member is one "key":value; CASE, so that only what matched is read as JSON.
SELECT row
FROM payloads
WHERE CASE
    WHEN NOT regexp_full_match(text, '\{(' || $member || '(,' || $member || ')*)?\}') THEN true
    WHEN length(text) > $longest THEN true
    ELSE json_keys(text) <> list_sort(list_distinct(json_keys(text)))
END
ORDER BY row
