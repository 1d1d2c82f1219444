SELECT value FROM checkpoint WHERE name = :name
