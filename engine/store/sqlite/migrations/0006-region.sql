-- Where a run belongs: a region can be paused and drained, and its calls go to the adapters there.
ALTER TABLE run ADD COLUMN region TEXT;

DROP VIEW delivery_view;
CREATE VIEW delivery_view AS
SELECT d.delivery_no AS deliveryNo, d.delivery_id AS deliveryId, d.run_no AS runNo, d.path, d.adapter, d.system,
  d.status, d.due, d.attempt, d.crashed, d.mark_sent AS markSent, d.created_at AS createdAt, q.operation, q.request,
  q.read, q.effect_key AS effectKey, q.context, r.run_id AS runId, r.flow, r.region, o.lane_key AS laneKey,
  m.correlation_id AS correlationId, b.envelope, g.hash AS generation
FROM delivery d
JOIN delivery_request q USING (delivery_no)
JOIN run r USING (run_no)
JOIN run_document o USING (run_no)
JOIN message m USING (message_no)
JOIN message_body b USING (message_no)
JOIN generation g USING (generation_no);
