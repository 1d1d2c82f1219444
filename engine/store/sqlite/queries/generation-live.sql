SELECT hash FROM generation
WHERE generation_no IN (SELECT generation_no FROM run WHERE ended_at IS NULL)
ORDER BY generation_no
