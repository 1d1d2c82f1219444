SELECT at, path, what, detail FROM history WHERE run_no = :runNo ORDER BY history_no
