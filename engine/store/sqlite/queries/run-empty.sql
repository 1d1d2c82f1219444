UPDATE run SET state = :state, ending = NULL WHERE run_no = :runNo
