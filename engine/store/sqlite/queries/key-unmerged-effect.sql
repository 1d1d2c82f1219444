SELECT effect_no AS rowNo, effect_key AS key, 9007199254740991 AS knownUntil FROM effect WHERE effect_no > :upTo
