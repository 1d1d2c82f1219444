SELECT r.run_no AS runNo, r.run_id AS runId, r.flow, r.status, o.lane_key AS laneKey, m.message_id AS messageId, o.identity,
  g.hash AS generation, r.started_at AS startedAt, r.ended_at AS endedAt, s.error, b.envelope, o.parent, m.correlation_id AS correlationId
FROM run r
JOIN run_origin o USING (run_no)
JOIN run_state s USING (run_no)
JOIN message m USING (message_no)
JOIN message_body b USING (message_no)
JOIN generation g USING (generation_no)
WHERE r.run_no = :runNo
