SELECT run_no AS rowNo, identity_key AS key, identity_until AS knownUntil FROM run WHERE run_no > :upTo AND identity_key IS NOT NULL
