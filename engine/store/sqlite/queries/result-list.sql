SELECT results FROM journal WHERE run_no = :runNo AND results IS NOT NULL ORDER BY journal_no
