INSERT INTO message_body (message_no, envelope, data, body) VALUES (:messageNo, :envelope, :data, :body)
