-- The shadow is a file of its own; what it has to be told, it is told elsewhere.
SELECT ?1, ?2
