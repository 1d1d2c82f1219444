DELETE FROM run_state WHERE run_no = :runNo
