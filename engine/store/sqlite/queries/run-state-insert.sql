INSERT INTO run_state (run_no, state, error) VALUES (:runNo, :state, :error)
