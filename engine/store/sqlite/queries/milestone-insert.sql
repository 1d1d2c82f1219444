INSERT INTO milestone (run_no, name, path, at) VALUES (:runNo, :name, :path, :now)
ON CONFLICT DO NOTHING
