-- A write that may have happened is sent again under its key only as long as the partner knows that, however long it
-- waits for its turn after it is due.
ALTER TABLE delivery ADD COLUMN send_before INTEGER;

DROP VIEW delivery_view;
CREATE VIEW delivery_view AS
SELECT d.delivery_no AS deliveryNo, d.delivery_id AS deliveryId, d.run_no AS runNo, d.path, d.adapter, d.system,
  d.status, d.due, d.attempt, d.crashed, d.mark_sent AS markSent, d.created_at AS createdAt, d.send_before AS sendBefore,
  q.operation, q.request, q.read, coalesce(q.effect_key, lower(hex(q.effect_sha))) AS effectKey, q.context, r.run_id AS runId, r.flow, r.region,
  o.lane_key AS laneKey, m.message_id AS messageId, m.correlation_id AS correlationId, b.envelope, g.hash AS generation
FROM delivery d
JOIN delivery_request q USING (delivery_no)
JOIN run r USING (run_no)
JOIN run_document o USING (run_no)
JOIN message m USING (message_no)
JOIN message_body b USING (message_no)
JOIN generation g USING (generation_no);
