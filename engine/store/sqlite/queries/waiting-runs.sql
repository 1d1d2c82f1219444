SELECT flow, count(*) AS count FROM run
WHERE ended_at IS NULL AND started = 0 AND status IN ('queued', 'ready', 'held')
GROUP BY flow
