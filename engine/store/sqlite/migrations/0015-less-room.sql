-- What a row says of another need not be said again.

-- Nearly every message is the first of its correlation, which has its id then: said as '', and found by the id.
DROP INDEX message_correlation;
CREATE INDEX message_correlation ON message (correlation_id) WHERE correlation_id <> '';

-- Hashes as bytes, half of their text; `body_hash` is '' and `effect_key` null where these are.
ALTER TABLE effect ADD COLUMN body_sha BLOB CHECK (length(body_sha) = 32);
ALTER TABLE delivery_request ADD COLUMN effect_sha BLOB CHECK (length(effect_sha) = 32);

DROP VIEW delivery_view;
CREATE VIEW delivery_view AS
SELECT d.delivery_no AS deliveryNo, d.delivery_id AS deliveryId, d.run_no AS runNo, d.path, d.adapter, d.system,
  d.status, d.due, d.attempt, d.crashed, d.mark_sent AS markSent, d.created_at AS createdAt, q.operation, q.request,
  q.read, coalesce(q.effect_key, lower(hex(q.effect_sha))) AS effectKey, q.context, r.run_id AS runId, r.flow, r.region,
  o.lane_key AS laneKey, m.message_id AS messageId, m.correlation_id AS correlationId, b.envelope, g.hash AS generation
FROM delivery d
JOIN delivery_request q USING (delivery_no)
JOIN run r USING (run_no)
JOIN run_document o USING (run_no)
JOIN message m USING (message_no)
JOIN message_body b USING (message_no)
JOIN generation g USING (generation_no);
