DELETE FROM signal WHERE run_no = :runNo AND path = :path AND kind IN ('matched', 'chosen') AND taken = 0
