SELECT job_no AS job FROM replay_job WHERE status = 'running' ORDER BY job_no
