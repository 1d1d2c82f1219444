DELETE FROM listen WHERE run_no = :runNo
