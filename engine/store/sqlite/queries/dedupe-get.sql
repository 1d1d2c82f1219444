SELECT message_no AS messageNo FROM dedupe WHERE dedupe_key = :key AND remembered_until > :now
