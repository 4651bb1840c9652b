-- What the statements of the shadow have to be told, they are told elsewhere.
SELECT ?1, ?2
