UPDATE replay_job SET status = :status, why = :why, canary = coalesce(:canary, canary), changed_at = :now WHERE job_no = :job
