-- Whether there is a shadow already.
SELECT to_regclass(format('%I.projections', $1::text)) IS NOT NULL AS found
