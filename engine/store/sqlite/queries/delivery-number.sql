SELECT delivery_no AS deliveryNo FROM delivery WHERE run_no = :runNo AND delivery_id = :deliveryId
