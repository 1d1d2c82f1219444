UPDATE run_document
SET state = :state, error = :error, ending = coalesce(:ending, ending), response = coalesce(:response, response)
WHERE run_no = :runNo
