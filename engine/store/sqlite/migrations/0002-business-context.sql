-- What goes with a request for the partner's own logs, and shows in ours.
ALTER TABLE delivery_request ADD COLUMN context TEXT;

DROP VIEW delivery_view;
CREATE VIEW delivery_view AS
SELECT d.delivery_no AS deliveryNo, d.delivery_id AS deliveryId, d.run_no AS runNo, d.path, d.adapter, d.system,
  d.status, d.due, d.attempt, d.crashed, d.mark_sent AS markSent, d.created_at AS createdAt, q.operation, q.request,
  q.read, q.effect_key AS effectKey, q.context, r.run_id AS runId, r.flow, m.correlation_id AS correlationId, b.envelope,
  g.hash AS generation
FROM delivery d
JOIN delivery_request q USING (delivery_no)
JOIN run r USING (run_no)
JOIN message m USING (message_no)
JOIN message_body b USING (message_no)
JOIN generation g USING (generation_no);
