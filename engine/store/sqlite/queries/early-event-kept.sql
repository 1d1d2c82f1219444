SELECT 1 AS kept FROM early_event WHERE match_key = :matchKey AND message_no = :messageNo AND keep_until > :now
