UPDATE delivery SET status = 'sent'
WHERE delivery_no = :deliveryNo AND status IN ('pending', 'sent')
