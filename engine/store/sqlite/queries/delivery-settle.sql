UPDATE delivery SET status = 'settled', handed = 0
WHERE delivery_id = :deliveryId AND run_no = :runNo AND status IN ('pending', 'sent')
RETURNING delivery_no AS deliveryNo
