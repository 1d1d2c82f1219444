SELECT message_no AS rowNo, dedupe_key AS key, dedupe_until AS knownUntil FROM message WHERE message_no > :upTo AND dedupe_key IS NOT NULL
