SELECT 1 FROM listen WHERE listen_no > 0 LIMIT 1
