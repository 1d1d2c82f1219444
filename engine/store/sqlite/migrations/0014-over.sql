-- What is over is gone over: whether anything still needs it must be found by an index.
CREATE INDEX replay_item_waits ON replay_item (message_id) WHERE status = 'pending';
CREATE INDEX signal_message ON signal (message_no) WHERE message_no IS NOT NULL;
CREATE INDEX cache_over ON cache (expires_at);

-- The ledger outlives the runs that wrote it: a run is named by number alone.
ALTER TABLE effect RENAME TO effect_of_run;
CREATE TABLE effect (
  effect_no INTEGER PRIMARY KEY,
  effect_key BLOB NOT NULL CHECK (length(effect_key) = 16),
  run_no INTEGER NOT NULL,
  path TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  result TEXT, -- null once undone
  undone INTEGER NOT NULL CHECK (undone IN (0, 1)),
  at INTEGER NOT NULL
) STRICT;
INSERT INTO effect SELECT effect_no, effect_key, run_no, path, body_hash, result, undone, at FROM effect_of_run ORDER BY effect_no;
DROP TABLE effect_of_run;

DROP VIEW run_view;
CREATE VIEW run_view AS
SELECT r.run_no AS runNo, r.run_id AS runId, r.message_no AS messageNo, r.flow, r.status, r.started_at AS startedAt,
  r.ended_at AS endedAt, r.doubts, o.lane_key AS laneKey, o.identity, o.parent, o.error, m.message_id AS messageId, m.type,
  m.correlation_id AS correlationId, m.emptied_at AS emptiedAt, b.envelope, g.hash AS generation
FROM run r
JOIN run_document o USING (run_no)
JOIN message m USING (message_no)
JOIN message_body b USING (message_no)
JOIN generation g USING (generation_no);
