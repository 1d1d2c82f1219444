INSERT INTO correlation (message_no, correlate) VALUES (:messageNo, :correlate)
