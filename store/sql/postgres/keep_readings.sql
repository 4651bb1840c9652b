-- An instance's readings of a stretch, in place of what it wrote earlier in the same stretch.
INSERT INTO readings (step_seconds, starts_at, instance, figures)
VALUES ($1, $2, $3, $4::text::json)
ON CONFLICT (step_seconds, starts_at, instance) DO UPDATE SET figures = excluded.figures
