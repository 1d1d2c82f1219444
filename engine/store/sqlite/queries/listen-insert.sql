INSERT INTO listen (run_no, path, match_key, correlate, listen_until, consume)
VALUES (:runNo, :path, :matchKey, :correlate, :until, :consume)
