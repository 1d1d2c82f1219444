DELETE FROM listen WHERE run_no = :runNo AND path = :path
