SELECT coalesce(s.state, o.state) AS state, o.ending, o.response, o.impact
FROM run_document o
LEFT JOIN run_state s USING (run_no)
WHERE o.run_no = :runNo
