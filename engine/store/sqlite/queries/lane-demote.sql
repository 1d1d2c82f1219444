-- A run that was held before is held again, and worth another test: its timers wait for the lane.
UPDATE run SET status = iif(started = 1, 'held', 'queued'), retest = started
WHERE lane_id = :laneId AND ended_at IS NULL AND status = 'ready' AND claimed = 0
