SELECT max(message_no) AS last FROM message
