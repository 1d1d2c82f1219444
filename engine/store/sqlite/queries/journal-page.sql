SELECT journal_no AS journalNo, at, history, delivery_no AS deliveryNo, attempt, ids
FROM journal
WHERE run_no = :runNo AND journal_no > :after
ORDER BY journal_no
LIMIT :limit
