-- What the events take on the server's disk: all partitions, with their indexes.
SELECT sum(pg_total_relation_size(relid))::BIGINT FROM pg_partition_tree('events')
