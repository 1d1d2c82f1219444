-- What was refused first, then what was not taken yet, then where the runs stand.
SELECT i.position, i.what, r.run_id AS runId, i.message_id AS messageId, i.flow, i.status, i.new_message_id AS newMessageId,
  i.why, n.run_id AS newRunId, CASE i.what WHEN 'resume' THEN r.status ELSE n.status END AS runStatus
FROM replay_item i
LEFT JOIN run r USING (run_no)
LEFT JOIN message m ON m.message_id = i.new_message_id
LEFT JOIN run n ON n.message_no = m.message_no AND (i.flow IS NULL OR n.flow = i.flow)
WHERE i.job_no = :job
ORDER BY CASE i.status WHEN 'refused' THEN 0 WHEN 'pending' THEN 2 ELSE 1 END, i.position
LIMIT :limit
