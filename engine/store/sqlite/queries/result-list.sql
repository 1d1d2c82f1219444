SELECT path, value FROM result WHERE run_no = :runNo ORDER BY path
