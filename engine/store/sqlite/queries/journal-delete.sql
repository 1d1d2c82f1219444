DELETE FROM journal WHERE journal_no = :journalNo
