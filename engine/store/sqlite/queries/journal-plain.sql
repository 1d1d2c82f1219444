INSERT INTO journal (journal_no, run_no, at, history, results, delivery_no, attempt, ids)
VALUES (:journalNo, :runNo, :at, :history, NULL, :deliveryNo, :attempt, :ids)
