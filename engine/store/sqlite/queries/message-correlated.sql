SELECT message_no AS messageNo FROM message WHERE correlation_id = :correlationId ORDER BY message_no LIMIT :limit
