SELECT state, ending, response FROM run_state WHERE run_no = :runNo
