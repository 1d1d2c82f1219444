-- Ended by no decision: it stands where the last one left it.
UPDATE run_document
SET ending = :ending, state = coalesce((SELECT s.state FROM run_state s WHERE s.run_no = run_document.run_no), state)
WHERE run_no = :runNo
