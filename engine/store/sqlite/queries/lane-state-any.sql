SELECT 1 FROM lane_state WHERE lane_id > x'' LIMIT 1
