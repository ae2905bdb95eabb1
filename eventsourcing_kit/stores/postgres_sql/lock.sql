-- From here to the commit nobody else appends. To be asked first: what is read after it is the newest.
SELECT position, recorded_at FROM events_head FOR UPDATE
