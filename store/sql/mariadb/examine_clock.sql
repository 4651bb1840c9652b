-- The server's clock, in microseconds since 1970. Asked of a server whose ledger may be missing.
SELECT CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED) AS now_micros
