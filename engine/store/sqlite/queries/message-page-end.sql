-- So many messages before a time, and when the last of them came: by the index alone.
SELECT received_at AS receivedAt FROM message
WHERE received_at >= :since AND received_at < :until
ORDER BY received_at DESC
LIMIT 1 OFFSET :rows
