-- Neither over nor parked for a person.
SELECT count(*) AS value FROM run
WHERE ended_at IS NULL AND status IN ('queued', 'ready', 'held', 'active', 'released')
