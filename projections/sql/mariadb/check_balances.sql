-- The four totals of each balance, against the sums of the same accounts in the books.
WITH sides AS (
    SELECT account, currency, 0 AS total, SUM(amount_minor) AS posted FROM postings
    WHERE tenant = ?1 AND substr(account, 1, 7) = 'seller/'
    GROUP BY account, currency
    UNION ALL
    SELECT 'seller/' || seller_id || '/pending', currency, pending_minor, 0
    FROM balances WHERE tenant = ?1
    UNION ALL
    SELECT 'seller/' || seller_id || '/available', currency, available_minor, 0
    FROM balances WHERE tenant = ?1
    UNION ALL
    SELECT 'seller/' || seller_id || '/reserved', currency, reserved_minor, 0
    FROM balances WHERE tenant = ?1
    UNION ALL
    SELECT 'seller/' || seller_id || '/paid_out', currency, paid_out_minor, 0
    FROM balances WHERE tenant = ?1
), compared AS (
    SELECT account, currency, SUM(total) AS total, SUM(posted) AS posted
    FROM sides GROUP BY account, currency
)
SELECT COUNT(*) AS checked,
    MIN(CASE WHEN total <> posted
        THEN account || ' in ' || currency || ': ' || total || ' in the balance, ' || posted
            || ' in the books'
    END) AS offender
FROM compared
