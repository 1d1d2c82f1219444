UPDATE run SET status = 'released', ended_at = NULL, changed_at = :now WHERE run_no = :runNo
