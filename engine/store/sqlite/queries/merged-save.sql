UPDATE merged SET up_to = :upTo WHERE name = :name
