-- Group: moves. Amounts are added; the version is the balance's own.
UPDATE balances AS x
SET pending_minor = x.pending_minor + (p.value ->> 3),
    available_minor = x.available_minor + (p.value ->> 4),
    reserved_minor = x.reserved_minor + (p.value ->> 5),
    paid_out_minor = x.paid_out_minor + (p.value ->> 6),
    version = p.value ->> 7,
    updated_at = p.value ->> 8
FROM json_each(?1, '$[0]') AS p
WHERE x.tenant = p.value ->> 0 AND x.seller_id = p.value ->> 1 AND x.currency = p.value ->> 2
