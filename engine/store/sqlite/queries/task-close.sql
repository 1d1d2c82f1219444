UPDATE task SET status = 'closed' WHERE run_no = :runNo AND path = :path AND status = 'open'
