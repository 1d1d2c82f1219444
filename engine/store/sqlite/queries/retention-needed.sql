-- A replay that waits for a look since before the time keeps nothing any more: nobody comes.
-- Its runs, and those that started them: one that is under way may still undo or ask what these did.
WITH RECURSIVE kin (run_no) AS (
  SELECT run_no FROM run WHERE message_no = :messageNo
  UNION
  SELECT p.run_no
  FROM kin
  CROSS JOIN run_document o USING (run_no)
  CROSS JOIN run p ON p.run_id = unhex(replace(o.parent ->> '$.runId', '-', '')))
SELECT CASE
  WHEN EXISTS (SELECT 1 FROM kin CROSS JOIN run r USING (run_no) WHERE r.ended_at IS NULL) THEN 'run'
  WHEN EXISTS (SELECT 1 FROM signal WHERE message_no = :messageNo) THEN 'run'
  WHEN EXISTS (
    SELECT 1 FROM run r CROSS JOIN issue_run x USING (run_no) CROSS JOIN issue i USING (issue_no)
    WHERE r.message_no = :messageNo AND i.status IN ('open', 'acknowledged') AND (x.settled = 0 OR i.sample_run_no = x.run_no)
  ) THEN 'issue'
  WHEN EXISTS (
    SELECT 1 FROM replay_item i CROSS JOIN replay_job j USING (job_no)
    WHERE i.message_id = :messageId AND i.status = 'pending' AND (j.status = 'running' OR (j.status = 'waiting' AND j.changed_at >= :before))
    UNION ALL
    SELECT 1 FROM replay_item i CROSS JOIN replay_job j USING (job_no)
    WHERE i.new_message_id = :messageId AND i.new_message_id IS NOT NULL AND (j.status = 'running' OR (j.status = 'waiting' AND j.changed_at >= :before))
  ) THEN 'replay'
END AS why
