SELECT at, outcome, status, ms, response FROM attempt WHERE delivery_no = :deliveryNo ORDER BY attempt_no
