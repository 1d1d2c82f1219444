UPDATE run SET status = 'active' WHERE run_no = :runNo AND status = 'released'
