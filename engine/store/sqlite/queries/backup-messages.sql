SELECT count(*) AS value FROM message
