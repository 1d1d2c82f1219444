SELECT l.listen_no AS listenNo, l.run_no AS runNo, l.path, l.match_key AS matchKey, l.correlate, l.consume
FROM listen l
WHERE l.match_key = :matchKey AND l.listen_until > :now
ORDER BY l.listen_no
