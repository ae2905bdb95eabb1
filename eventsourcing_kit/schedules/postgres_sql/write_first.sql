-- The first write of a transaction is when it gets its id.
INSERT INTO inbox VALUES (%(writer)s);
