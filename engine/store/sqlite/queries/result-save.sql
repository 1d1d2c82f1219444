INSERT INTO result (run_no, path, value) VALUES (:runNo, :path, :value)
ON CONFLICT (run_no, path) DO UPDATE SET value = excluded.value
