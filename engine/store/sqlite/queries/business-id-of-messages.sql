SELECT message_no AS messageNo, message_no AS upTo, ids FROM message WHERE message_no > :upTo AND ids IS NOT NULL ORDER BY message_no LIMIT :limit
