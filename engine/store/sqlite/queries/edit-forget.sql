DELETE FROM edit WHERE run_no = :runNo
