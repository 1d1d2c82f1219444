DELETE FROM signal WHERE run_no = :runNo
