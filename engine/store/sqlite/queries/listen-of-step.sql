SELECT l.listen_no AS listenNo, l.run_no AS runNo, l.path, l.match_key AS matchKey, l.correlate, l.consume
FROM listen l
WHERE l.run_no = :runNo AND l.path = :path
ORDER BY l.listen_no
