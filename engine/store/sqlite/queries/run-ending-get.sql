SELECT coalesce(r.ending, o.ending) AS ending FROM run r JOIN run_document o USING (run_no) WHERE r.run_no = :runNo
