SELECT count(*) AS value FROM delivery WHERE status IN ('pending', 'sent')
