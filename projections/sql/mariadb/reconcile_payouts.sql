-- Stripe's ids are found by the names that payouts have claimed, each by its whole key.
SELECT p.payout_id, p.stripe_payout_id, p.amount_minor, p.currency, p.status, p.origin, p.item_count
FROM (
    SELECT SUBSTR(a.stream, LENGTH('payout-') + 1) AS payout_id
    FROM JSON_TABLE(?2, '$[*]' COLUMNS (alias VARCHAR(512) PATH '$')) AS wanted
    STRAIGHT_JOIN aliases AS a ON a.tenant = ?1 AND a.alias = wanted.alias
    UNION
    SELECT id FROM JSON_TABLE(?3, '$[*]' COLUMNS (id VARCHAR(512) PATH '$')) AS ours
) AS named
STRAIGHT_JOIN payouts AS p ON p.tenant = ?1 AND p.payout_id = named.payout_id
