SELECT 1 AS known FROM generation WHERE hash = :hash AND files IS NOT NULL
