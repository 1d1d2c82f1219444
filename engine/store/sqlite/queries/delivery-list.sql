SELECT * FROM delivery_view WHERE runNo = :runNo ORDER BY deliveryNo
