DELETE FROM problem WHERE run_no = :runNo
