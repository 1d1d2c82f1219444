SELECT name, value FROM counter
UNION ALL
SELECT 'messages', coalesce(max(message_no), 0) FROM message
