-- One that waits for a look so long waits for nobody.
DELETE FROM replay_job
WHERE job_no IN (
  SELECT job_no FROM replay_job j
  WHERE status <> 'running' AND changed_at < :before AND job_no < (SELECT max(job_no) FROM replay_job)
    AND NOT EXISTS (SELECT 1 FROM replay_item i WHERE i.job_no = j.job_no)
  LIMIT :limit)
