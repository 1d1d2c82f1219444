UPDATE run SET status = 'ready', claimed = 0, retest = 0, gap_until = NULL, changed_at = :now WHERE run_no = :runNo
