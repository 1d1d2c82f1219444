SELECT * FROM delivery_view WHERE deliveryNo = :deliveryNo
