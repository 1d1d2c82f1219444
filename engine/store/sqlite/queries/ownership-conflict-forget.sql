DELETE FROM ownership_conflict WHERE run_no = :runNo
