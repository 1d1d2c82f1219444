INSERT INTO problem (run_no, kind, path, failure, at) VALUES (:runNo, :kind, :path, :failure, :now)
