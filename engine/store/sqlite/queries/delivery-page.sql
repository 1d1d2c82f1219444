SELECT delivery_no AS deliveryNo FROM delivery WHERE run_no = :runNo AND delivery_no > :after ORDER BY delivery_no LIMIT :limit
