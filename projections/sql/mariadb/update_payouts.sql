-- Group: patches. With a status, everything that goes with one is replaced. Without,
-- the payout was named by Stripe (submitted), which moves it only if nothing further
-- was told before, or it was rescheduled.
-- The status is set last: what stands before it sees the old one.
UPDATE JSON_TABLE(?1, '$[*]' COLUMNS (
    tenant VARCHAR(64) PATH '$[0]', payout_id CHAR(36) PATH '$[1]',
    status VARCHAR(64) PATH '$[2]', submitted BOOLEAN PATH '$[3]',
    rescheduled BOOLEAN PATH '$[4]', arrival_date DATETIME(6) PATH '$[5]',
    stripe_payout_id VARCHAR(512) PATH '$[6]', failure_code TEXT PATH '$[7]',
    failure_message TEXT PATH '$[8]', paid_at DATETIME(6) PATH '$[9]',
    updated_at DATETIME(6) PATH '$[10]', version BIGINT PATH '$[11]', held_up TEXT PATH '$[12]',
    items BIGINT PATH '$[13]'
)) AS p
STRAIGHT_JOIN payouts AS x ON x.tenant = p.tenant AND x.payout_id = p.payout_id
SET x.arrival_date = CASE
        WHEN p.status IS NOT NULL OR p.rescheduled THEN p.arrival_date
        WHEN p.submitted AND x.status IN ('requested', 'in_doubt') THEN p.arrival_date
        ELSE x.arrival_date
    END,
    x.failure_code = CASE WHEN p.status IS NULL THEN x.failure_code ELSE p.failure_code END,
    x.failure_message = CASE
        WHEN p.status IS NULL THEN x.failure_message ELSE p.failure_message
    END,
    x.paid_at = CASE WHEN p.status IS NULL THEN x.paid_at ELSE p.paid_at END,
    x.held_up = CASE
        WHEN p.status IS NOT NULL OR p.submitted THEN p.held_up ELSE x.held_up
    END,
    x.stripe_payout_id = COALESCE(x.stripe_payout_id, p.stripe_payout_id),
    x.updated_at = p.updated_at,
    x.item_count = x.item_count + p.items,
    x.version = p.version,
    x.status = CASE
        WHEN p.status IS NOT NULL THEN p.status
        WHEN p.submitted AND x.status IN ('requested', 'in_doubt') THEN 'pending'
        ELSE x.status
    END
