UPDATE run SET gap_until = NULL WHERE run_no = :runNo
