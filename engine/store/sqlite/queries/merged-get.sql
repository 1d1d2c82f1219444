SELECT up_to AS upTo FROM merged WHERE name = :name
