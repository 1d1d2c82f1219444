SELECT min(started_at) AS startedAt
FROM run
WHERE ended_at IS NULL AND status = :status AND started_at > :after
