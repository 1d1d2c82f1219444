SELECT identity, lane, lane_key AS laneKey, parent, ancestors, respond_by AS respondBy, impact, error
FROM run_document
WHERE run_no = :runNo
