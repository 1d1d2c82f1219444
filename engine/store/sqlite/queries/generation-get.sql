SELECT files FROM generation WHERE hash = :hash AND files IS NOT NULL
