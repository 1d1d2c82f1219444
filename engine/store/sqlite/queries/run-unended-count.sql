SELECT count(*) AS value FROM run WHERE ended_at IS NULL
