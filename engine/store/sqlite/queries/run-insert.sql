INSERT INTO run (run_id, message_no, generation_no, flow, status, priority, lane_id, ordering, position, gap_until,
  region, started_at, changed_at, ended_at, identity_key, identity_until)
VALUES (:runId, :messageNo, :generationNo, :flow, :status, :priority, :laneId, :ordering, :position, :gapUntil,
  :region, :now, :now, :endedAt, :identityKey, :identityUntil)
