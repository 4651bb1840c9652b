-- What the shadow holds, and what it was built by.
SELECT name, version FROM projections
