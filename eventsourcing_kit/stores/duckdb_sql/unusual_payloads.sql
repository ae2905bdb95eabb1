-- The rows whose payload does not have one of the expected shapes, or is very long.
SELECT row
FROM payloads
WHERE NOT regexp_full_match(text, $shapes) OR length(text) > $longest
ORDER BY row
