INSERT INTO attempt (delivery_no, at, outcome, status, ms, response)
VALUES (:deliveryNo, :at, :outcome, :status, :ms, :response)
