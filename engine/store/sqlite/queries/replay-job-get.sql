SELECT * FROM replay_job_view WHERE number = :job
