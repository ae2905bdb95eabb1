-- A partition can be named by itself, and then only its own triggers are asked.
CREATE TABLE events_{number} PARTITION OF events
FOR VALUES WITH (MODULUS {partitions}, REMAINDER {number});

CREATE TRIGGER refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON events_{number}
FOR EACH STATEMENT EXECUTE FUNCTION events_refuse();
