DELETE FROM projections
