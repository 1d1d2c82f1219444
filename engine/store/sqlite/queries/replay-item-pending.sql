SELECT i.position, i.what, r.run_id AS runId, i.message_id AS messageId, i.flow, i.status, i.new_message_id AS newMessageId,
  i.why, NULL AS newRunId, NULL AS runStatus
FROM replay_item i
LEFT JOIN run r USING (run_no)
WHERE i.job_no = :job AND i.status = 'pending'
ORDER BY i.position
LIMIT :limit
