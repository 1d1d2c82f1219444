UPDATE run SET status = 'queued'
WHERE lane_id = :laneId AND ended_at IS NULL AND status = 'ready' AND claimed = 0
