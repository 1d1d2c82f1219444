-- What was sent and nobody knows the outcome of: the operation, `erp.createOrder`. '' once it is known that it did not
-- happen: then it is as if it had never been sent. A row that says so says nothing else, and `at` is when it was first sent.
ALTER TABLE effect ADD COLUMN doubt TEXT;
