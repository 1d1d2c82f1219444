SELECT state, applied FROM lane_state WHERE lane_id = :laneId
