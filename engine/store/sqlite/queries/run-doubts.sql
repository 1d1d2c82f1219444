UPDATE run SET doubts = :doubts WHERE run_no = :runNo
