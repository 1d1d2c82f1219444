SELECT d.delivery_no AS deliveryNo, d.delivery_id AS deliveryId, r.run_id AS runId, r.flow, g.hash AS generation,
  m.correlation_id AS correlationId, b.envelope, d.path, d.system, d.adapter, q.operation, q.request, q.read,
  q.effect_key AS effectKey, d.attempt, d.due, d.mark_sent AS markSent, d.status, d.crashed, d.created_at AS createdAt
FROM delivery d
JOIN delivery_request q USING (delivery_no)
JOIN run r USING (run_no)
JOIN message m USING (message_no)
JOIN message_body b USING (message_no)
JOIN generation g USING (generation_no)
WHERE d.delivery_no = :deliveryNo
