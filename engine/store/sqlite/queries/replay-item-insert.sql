INSERT INTO replay_item (job_no, position, what, run_no, message_id, flow, status)
VALUES (:job, :position, :what, (SELECT run_no FROM run WHERE run_id = :runId), :messageId, :flow, 'pending')
