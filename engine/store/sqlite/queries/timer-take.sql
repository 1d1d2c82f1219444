UPDATE timer SET taken = 1 WHERE run_no = :runNo AND path = :path AND name = :name
