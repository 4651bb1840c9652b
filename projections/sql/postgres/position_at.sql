-- The highest position between two places of the log that was recorded by a moment.
SELECT MAX(position) AS position FROM events
WHERE txid >= $1::bigint::text::xid8 AND txid <= $2::bigint::text::xid8
    AND recorded_at <= $3::timestamptz
