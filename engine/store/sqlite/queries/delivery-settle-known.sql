-- As `delivery-settle`, of a delivery whose number is known.
UPDATE delivery SET status = 'settled', handed = 0
WHERE delivery_no = :deliveryNo AND run_no = :runNo
  AND (status IN ('pending', 'sent') OR (status = 'cancelled' AND handed = 1))
