INSERT INTO edit (run_no, at, actor, reason, before, after)
SELECT :runNo, :now, :actor, :reason, coalesce(o.edit, b.data, CAST(b.body AS TEXT)), :after
FROM run r
JOIN run_document o USING (run_no)
JOIN message_body b USING (message_no)
WHERE r.run_no = :runNo
