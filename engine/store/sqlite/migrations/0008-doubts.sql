-- Runs with writes that may have happened, while the engine finds out: they can be listed and counted.
ALTER TABLE run ADD COLUMN doubts INTEGER NOT NULL DEFAULT 0 CHECK (doubts >= 0);
CREATE INDEX run_doubt ON run (run_no) WHERE doubts > 0;

DROP VIEW run_view;
CREATE VIEW run_view AS
SELECT r.run_no AS runNo, r.run_id AS runId, r.message_no AS messageNo, r.flow, r.status, r.started_at AS startedAt,
  r.ended_at AS endedAt, r.doubts, o.lane_key AS laneKey, o.identity, o.parent, o.error, m.message_id AS messageId, m.type,
  m.correlation_id AS correlationId, b.envelope, g.hash AS generation
FROM run r
JOIN run_document o USING (run_no)
JOIN message m USING (message_no)
JOIN message_body b USING (message_no)
JOIN generation g USING (generation_no);
