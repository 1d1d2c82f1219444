-- What is as it was is not written again.
UPDATE run_document SET error = :error, response = coalesce(:response, response)
WHERE run_no = :runNo AND (error IS NOT :error OR :response IS NOT NULL)
