UPDATE task SET status = 'closed' WHERE run_no = :runNo AND status = 'open'
