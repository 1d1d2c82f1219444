INSERT INTO run (run_id, message_no, generation_no, flow, status, priority, started, lane_id, ordering, position, gap_until,
  region, started_at, changed_at, identity_key, identity_until, state)
VALUES (:runId, :messageNo, :generationNo, :flow, :status, :priority, :started, :laneId, :ordering, :position, :gapUntil,
  :region, :now, :now, :identityKey, :identityUntil, :state)
