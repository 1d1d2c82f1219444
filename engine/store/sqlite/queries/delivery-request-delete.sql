DELETE FROM delivery_request WHERE delivery_no = :deliveryNo
