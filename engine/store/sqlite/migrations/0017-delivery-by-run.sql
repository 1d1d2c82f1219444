-- A request is found by its run: an index over ids of its own cost a page or two of each transaction, since ids made in
-- the same millisecond have no order. Foreign keys are not enforced while tables change.
DROP VIEW delivery_view;
CREATE TABLE delivery_by_run (
  delivery_no INTEGER PRIMARY KEY,
  delivery_id BLOB NOT NULL CHECK (length(delivery_id) = 16),
  run_no INTEGER NOT NULL REFERENCES run,
  path TEXT NOT NULL,
  adapter TEXT NOT NULL,
  system TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'sent', 'settled', 'cancelled')),
  due INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  handed INTEGER NOT NULL DEFAULT 0 CHECK (handed IN (0, 1)),
  crashed INTEGER NOT NULL DEFAULT 0 CHECK (crashed IN (0, 1)),
  mark_sent INTEGER NOT NULL CHECK (mark_sent IN (0, 1)),
  created_at INTEGER NOT NULL,
  priority INTEGER NOT NULL DEFAULT 1 CHECK (priority BETWEEN 0 AND 2)
) STRICT;
INSERT INTO delivery_by_run
SELECT delivery_no, delivery_id, run_no, path, adapter, system, status, due, attempt, handed, crashed, mark_sent, created_at, priority
FROM delivery ORDER BY delivery_no;
DROP TABLE delivery;
ALTER TABLE delivery_by_run RENAME TO delivery;
CREATE INDEX delivery_due ON delivery (adapter, system, priority, due, delivery_no)
WHERE status IN ('pending', 'sent') AND handed = 0;
CREATE INDEX delivery_handed ON delivery (delivery_no) WHERE status IN ('pending', 'sent') AND handed = 1;
CREATE INDEX delivery_run ON delivery (run_no);

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
