UPDATE run SET status = 'active', retest = 0 WHERE run_no = :runNo AND status IN ('released', 'held')
