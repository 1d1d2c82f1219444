UPDATE run SET retest = 1
WHERE lane_id = :laneId AND ended_at IS NULL AND status = 'held' AND run_no <> :runNo
