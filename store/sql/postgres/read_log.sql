-- Only what no transaction that is still running can precede.
SELECT txid::text::bigint AS txid, position, tenant, stream, version, type, schema_version,
    data::text AS data, metadata::text AS metadata, recorded_at
FROM events
WHERE (txid, position) > ($1::bigint::text::xid8, $2::bigint)
    AND txid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY events.txid, events.position
LIMIT $3
