SELECT max(journal_no) AS last FROM journal
