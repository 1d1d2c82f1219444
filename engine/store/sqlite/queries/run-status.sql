UPDATE run SET status = :status, claimed = 0, started = max(started, :started), ended_at = NULL, retest = 0, gap_until = NULL, changed_at = :now
WHERE run_no = :runNo
