SELECT r.run_no AS runNo, r.flow, o.identity FROM run r JOIN run_document o USING (run_no) WHERE r.run_id = :runId
