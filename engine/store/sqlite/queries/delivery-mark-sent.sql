UPDATE delivery SET status = 'sent'
WHERE delivery_id = :deliveryId AND status IN ('pending', 'sent')
