-- Requests of a run that change something at a partner.
SELECT d.delivery_no AS deliveryNo, d.path, d.system, d.status, d.handed, d.created_at AS createdAt, q.operation,
  q.effect_key AS effectKey, q.effect_sha AS effectSha, q.request
FROM delivery d
JOIN delivery_request q USING (delivery_no)
WHERE d.run_no = :runNo AND q.read = 0
ORDER BY d.delivery_no
