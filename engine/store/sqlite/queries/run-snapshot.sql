SELECT r.run_no AS runNo, r.run_id AS runId, r.message_no AS messageNo, r.flow, g.hash AS generation, r.lane_id AS laneId,
  o.identity, o.lane_key AS laneKey, o.parent, o.ancestors, o.respond_by AS respondBy, o.edit, coalesce(s.state, r.state, o.state) AS state, r.started,
  r.region
FROM run r
JOIN run_document o USING (run_no)
LEFT JOIN run_state s USING (run_no)
JOIN generation g USING (generation_no)
WHERE r.run_no = :runNo
