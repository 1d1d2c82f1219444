INSERT INTO timer (run_no, path, name, due) VALUES (:runNo, :path, :name, :due)
ON CONFLICT (run_no, path, name) DO UPDATE SET due = excluded.due, taken = 0
