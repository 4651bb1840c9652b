-- The server's clock, in microseconds since 1970. Asked of a server whose ledger may be missing.
SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now_micros
