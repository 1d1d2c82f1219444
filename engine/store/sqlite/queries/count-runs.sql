SELECT status AS name, count(*) AS value FROM run WHERE ended_at IS NULL GROUP BY status
