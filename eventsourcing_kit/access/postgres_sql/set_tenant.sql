-- As SET LOCAL app.tenant = '…' does, and with a parameter: for this transaction, gone with it.
-- A plain SET would stay on the connection, for whoever gets it next from a pool.
SELECT set_config('app.tenant', %(tenant)s, TRUE)
