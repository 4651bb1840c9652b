-- What SQLite says about itself, by name.
SELECT 'server_version' AS name, sqlite_version() AS value
UNION ALL
SELECT 'journal_mode', journal_mode FROM pragma_journal_mode
UNION ALL
SELECT 'synchronous', CAST(synchronous AS TEXT) FROM pragma_synchronous
UNION ALL
SELECT 'pages', CAST(page_count AS TEXT) FROM pragma_page_count
UNION ALL
SELECT 'free_pages', CAST(freelist_count AS TEXT) FROM pragma_freelist_count
UNION ALL
SELECT 'file', file FROM pragma_database_list WHERE name = 'main'
UNION ALL
SELECT 'now_micros', CAST(CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER) AS TEXT)
