-- What the statements of the shadow work on, for as long as the transaction lasts: the schemas,
-- and the tables by comma. A block of code takes no arguments.
SELECT set_config('payoutd.live', current_schema(), TRUE),
    set_config('payoutd.shadow', $1, TRUE), set_config('payoutd.tables', $2, TRUE)
