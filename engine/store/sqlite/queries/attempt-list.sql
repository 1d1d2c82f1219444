SELECT delivery_no AS deliveryNo, at, attempt FROM journal WHERE run_no = :runNo AND attempt IS NOT NULL ORDER BY journal_no
