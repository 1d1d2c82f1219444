INSERT INTO run_state (run_no, state) VALUES (:runNo, :state)
ON CONFLICT (run_no) DO UPDATE SET state = excluded.state
