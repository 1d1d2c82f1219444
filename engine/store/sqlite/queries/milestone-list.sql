SELECT name, path, at FROM milestone WHERE run_no = :runNo ORDER BY at, name
