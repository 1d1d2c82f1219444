SELECT state, ending, response FROM run_document WHERE run_no = :runNo
