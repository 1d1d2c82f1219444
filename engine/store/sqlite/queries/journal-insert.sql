INSERT INTO journal (run_no, at, history, results, delivery_no, attempt, ids)
VALUES (:runNo, :at, :history, :results, :deliveryNo, :attempt, :ids)
