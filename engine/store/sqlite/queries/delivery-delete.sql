DELETE FROM delivery WHERE delivery_no = :deliveryNo
