INSERT INTO signal (run_no, kind, path, event, message_no) VALUES (:runNo, :kind, :path, :event, :messageNo)
