-- One that waits for a look so long waits for nobody.
DELETE FROM replay_item
WHERE (job_no, position) IN (
  SELECT i.job_no, i.position
  FROM replay_job j
  CROSS JOIN replay_item i USING (job_no)
  WHERE j.status <> 'running' AND j.changed_at < :before AND j.job_no < (SELECT max(job_no) FROM replay_job)
  LIMIT :limit)
