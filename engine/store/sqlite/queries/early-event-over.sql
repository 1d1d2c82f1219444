SELECT match_key AS matchKey, message_no AS messageNo FROM early_event
WHERE keep_until <= :now
ORDER BY keep_until
LIMIT :limit
