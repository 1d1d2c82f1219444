INSERT INTO history (run_no, at, path, what, detail) VALUES (:runNo, :at, :path, :what, :detail)
