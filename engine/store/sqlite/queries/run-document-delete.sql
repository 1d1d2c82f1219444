DELETE FROM run_document WHERE run_no = :runNo
