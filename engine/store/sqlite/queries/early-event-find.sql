SELECT e.message_no AS messageNo, c.correlate, m.received_at AS receivedAt
FROM early_event e
JOIN correlation c USING (message_no)
JOIN message m USING (message_no)
WHERE e.match_key = :matchKey AND e.keep_until > :now AND c.consumed = 0
ORDER BY e.message_no
