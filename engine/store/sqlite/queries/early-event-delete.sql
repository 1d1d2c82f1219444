DELETE FROM early_event WHERE match_key = :matchKey AND message_no = :messageNo
