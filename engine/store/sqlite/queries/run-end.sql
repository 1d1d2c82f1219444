UPDATE run_state SET ending = :ending WHERE run_no = :runNo
