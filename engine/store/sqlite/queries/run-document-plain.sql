SELECT identity, lane, lane_key AS laneKey, parent, ancestors, respond_by AS respondBy, impact, error,
  json_set(json_remove(state, '$.error'), '$.nodes', json('{}')) AS state
FROM run_document
WHERE run_no = :runNo
