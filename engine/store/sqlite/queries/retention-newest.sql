-- Numbers go on from the highest: what has it stays.
SELECT (SELECT max(message_no) FROM message) AS message,
  (SELECT message_no FROM run ORDER BY run_no DESC LIMIT 1) AS run,
  (SELECT r.message_no FROM journal j CROSS JOIN run r USING (run_no) ORDER BY j.journal_no DESC LIMIT 1) AS journal
