UPDATE delivery SET status = 'pending', due = :due, attempt = :attempt, handed = 0, crashed = 0, send_before = :sendBefore
WHERE delivery_no = :deliveryNo
