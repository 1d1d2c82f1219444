SELECT r.run_no AS runNo, r.run_id AS runId, r.message_no AS messageNo, r.flow, r.status, r.claimed, r.started, r.lane_id AS laneId,
  r.ordering, r.position, r.gap_until AS gapUntil, r.ended_at AS endedAt
FROM run r
WHERE r.run_no = :runNo
