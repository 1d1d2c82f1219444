UPDATE delivery SET handed = 1 WHERE delivery_no = :deliveryNo
