SELECT delivery_no AS deliveryNo, due FROM delivery
WHERE status IN ('pending', 'sent') AND handed = 0 AND adapter = :adapter AND system = :system AND priority = :priority
  AND due <= :now
ORDER BY due, delivery_no
LIMIT :limit
