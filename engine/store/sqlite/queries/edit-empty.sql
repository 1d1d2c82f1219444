UPDATE edit SET before = 'null', after = 'null' WHERE run_no = :runNo
