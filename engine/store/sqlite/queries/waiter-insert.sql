INSERT INTO waiter (run_no, parent_no, path) VALUES (:runNo, :parentNo, :path) ON CONFLICT DO NOTHING
