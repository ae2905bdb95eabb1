CREATE TABLE days (
    day      DATE PRIMARY KEY,
    came_in  BIGINT NOT NULL,  -- minor units
    went_out BIGINT NOT NULL,
    events   BIGINT NOT NULL
);
