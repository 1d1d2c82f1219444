DELETE FROM run WHERE run_no = :runNo
