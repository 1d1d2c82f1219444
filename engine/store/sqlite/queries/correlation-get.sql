SELECT m.type, c.correlate FROM correlation c JOIN message m USING (message_no) WHERE c.message_no = :messageNo
