SELECT coalesce(s.state, r.state, o.state) AS state, coalesce(r.ending, o.ending) AS ending, o.response, o.impact
FROM run r
JOIN run_document o USING (run_no)
LEFT JOIN run_state s USING (run_no)
WHERE r.run_no = :runNo
