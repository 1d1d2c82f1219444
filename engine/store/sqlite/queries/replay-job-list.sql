SELECT * FROM replay_job_view ORDER BY number DESC LIMIT :limit
