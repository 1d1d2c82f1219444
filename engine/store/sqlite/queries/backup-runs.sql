SELECT count(*) AS value FROM run
