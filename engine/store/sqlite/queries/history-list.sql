SELECT at, history FROM journal WHERE run_no = :runNo AND history IS NOT NULL ORDER BY journal_no
