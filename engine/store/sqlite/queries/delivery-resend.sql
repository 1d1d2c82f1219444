UPDATE delivery SET status = 'pending', due = :due, attempt = :attempt, handed = 0, crashed = 0
WHERE delivery_no = :deliveryNo
