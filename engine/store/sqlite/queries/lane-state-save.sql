INSERT INTO lane_state (lane_id, state, applied) VALUES (:laneId, :state, :applied)
ON CONFLICT (lane_id) DO UPDATE SET state = excluded.state, applied = excluded.applied
