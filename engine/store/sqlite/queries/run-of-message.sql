SELECT run_no AS runNo, run_id AS runId, flow, status FROM run WHERE message_no = :messageNo ORDER BY run_no
