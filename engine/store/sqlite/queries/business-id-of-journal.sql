SELECT r.message_no AS messageNo, j.journal_no AS upTo, j.ids FROM journal j CROSS JOIN run r USING (run_no) WHERE j.journal_no > :upTo AND j.ids IS NOT NULL ORDER BY j.journal_no LIMIT :limit
