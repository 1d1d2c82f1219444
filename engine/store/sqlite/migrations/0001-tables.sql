-- Ids are 16-byte UUIDv7 blobs where the port shows them; rows point at each other by rowid, which
-- is half the size and always appended. Payloads stand apart from the rows that queues touch.

CREATE TABLE generation (
  generation_no INTEGER PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  files BLOB, -- deflated JSON; null until the sources are saved
  saved_at INTEGER
) STRICT;

CREATE TABLE message (
  message_no INTEGER PRIMARY KEY,
  message_id BLOB NOT NULL UNIQUE CHECK (length(message_id) = 16),
  channel TEXT NOT NULL CHECK (channel IN ('webhook', 'api', 'schedule', 'poll', 'event', 'run', 'manual')),
  source TEXT NOT NULL,
  type TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  duplicates INTEGER NOT NULL DEFAULT 0,
  correlation_id TEXT NOT NULL
) STRICT;
CREATE INDEX message_correlation ON message (correlation_id);
CREATE INDEX message_received ON message (received_at);
CREATE INDEX message_type ON message (type, received_at);

-- `body` holds the bytes as received where they are the JSON of the data; then `data` is null.
CREATE TABLE message_body (
  message_no INTEGER PRIMARY KEY REFERENCES message,
  envelope TEXT NOT NULL,
  data TEXT,
  body BLOB,
  CHECK (data IS NOT NULL OR body IS NOT NULL)
) STRICT;

CREATE TABLE dedupe (
  dedupe_key BLOB PRIMARY KEY CHECK (length(dedupe_key) = 16),
  message_no INTEGER NOT NULL REFERENCES message,
  remembered_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE identity (
  identity_key BLOB PRIMARY KEY CHECK (length(identity_key) = 16),
  run_no INTEGER NOT NULL REFERENCES run,
  remembered_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
  run_no INTEGER PRIMARY KEY,
  run_id BLOB NOT NULL UNIQUE CHECK (length(run_id) = 16),
  message_no INTEGER NOT NULL REFERENCES message,
  generation_no INTEGER NOT NULL REFERENCES generation,
  flow TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN (
    'queued', 'ready', 'held', 'active', 'released',
    'done', 'stopped', 'failed', 'superseded', 'discarded',
    'dead', 'invalid', 'in-doubt', 'stuck')),
  priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 2),
  claimed INTEGER NOT NULL DEFAULT 0 CHECK (claimed IN (0, 1)),
  claims INTEGER NOT NULL DEFAULT 0,
  started INTEGER NOT NULL DEFAULT 0 CHECK (started IN (0, 1)), -- a decision was committed
  lane_id BLOB CHECK (length(lane_id) = 16), -- hash of lane and key; null without a lane
  ordering TEXT NOT NULL CHECK (ordering IN ('every', 'latest', 'gapless')),
  position INTEGER NOT NULL DEFAULT 0, -- before run_no in the lane's order; the sequence if gapless
  gap_until INTEGER, -- waits for the sequence before it, at most until then
  retest INTEGER NOT NULL DEFAULT 0 CHECK (retest IN (0, 1)), -- held, and the lane has moved since
  started_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;
CREATE INDEX run_ready ON run (priority, run_no, flow) WHERE status = 'ready' AND claimed = 0;
CREATE INDEX run_lane ON run (lane_id, status, position, run_no) WHERE ended_at IS NULL AND lane_id IS NOT NULL;
CREATE INDEX run_gap ON run (gap_until) WHERE gap_until IS NOT NULL;
CREATE INDEX run_parked ON run (changed_at) WHERE status IN ('dead', 'invalid', 'in-doubt', 'stuck');
CREATE INDEX run_unended ON run (status, started_at) WHERE ended_at IS NULL;
-- Ends that are looked for and rare; `done` is found soon enough by time.
CREATE INDEX run_failed ON run (status, started_at) WHERE status IN ('stopped', 'failed', 'superseded', 'discarded');
CREATE INDEX run_message ON run (message_no, flow);
CREATE INDEX run_started ON run (started_at);
CREATE INDEX run_flow ON run (flow, started_at);

-- Where a run stands, and what was fixed when it was made: apart from the row that queues touch.
CREATE TABLE run_document (
  run_no INTEGER PRIMARY KEY REFERENCES run,
  identity TEXT NOT NULL,
  lane TEXT NOT NULL,
  lane_key TEXT,
  parent TEXT, -- JSON: { runId, path }
  ancestors TEXT NOT NULL,
  respond_by INTEGER,
  impact TEXT,
  edit TEXT, -- data of a message mended by a person, for this run alone
  state TEXT NOT NULL,
  error TEXT,
  ending TEXT, -- JSON: { output } or { failure }
  response TEXT -- answer given to the caller of an API flow
) STRICT;

CREATE TABLE result (
  run_no INTEGER NOT NULL REFERENCES run,
  path TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (run_no, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE history (
  history_no INTEGER PRIMARY KEY,
  run_no INTEGER NOT NULL REFERENCES run,
  at INTEGER NOT NULL,
  path TEXT NOT NULL,
  what TEXT NOT NULL,
  detail TEXT
) STRICT;
CREATE INDEX history_run ON history (run_no);

-- Runs whose end a parent waits for.
CREATE TABLE waiter (
  run_no INTEGER NOT NULL REFERENCES run,
  parent_no INTEGER NOT NULL REFERENCES run,
  path TEXT NOT NULL,
  PRIMARY KEY (run_no, parent_no, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE delivery (
  delivery_no INTEGER PRIMARY KEY,
  delivery_id BLOB NOT NULL UNIQUE CHECK (length(delivery_id) = 16),
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
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX delivery_due ON delivery (adapter, system, due, delivery_no) WHERE status IN ('pending', 'sent') AND handed = 0;
CREATE INDEX delivery_handed ON delivery (delivery_no) WHERE status IN ('pending', 'sent') AND handed = 1;
CREATE INDEX delivery_run ON delivery (run_no);

CREATE TABLE delivery_request (
  delivery_no INTEGER PRIMARY KEY REFERENCES delivery,
  operation TEXT NOT NULL,
  effect_key TEXT,
  read INTEGER NOT NULL CHECK (read IN (0, 1)),
  request TEXT NOT NULL
) STRICT;

CREATE TABLE attempt (
  attempt_no INTEGER PRIMARY KEY,
  delivery_no INTEGER NOT NULL REFERENCES delivery,
  at INTEGER NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('response', 'not-sent', 'unknown', 'unauthorized')),
  status INTEGER,
  ms REAL NOT NULL,
  response TEXT
) STRICT;
CREATE INDEX attempt_delivery ON attempt (delivery_no);

CREATE TABLE timer (
  run_no INTEGER NOT NULL REFERENCES run,
  path TEXT NOT NULL,
  name TEXT NOT NULL CHECK (name IN ('retry', 'timeout', 'settle', 'wait', 'within', 'park', 'deadline')),
  due INTEGER NOT NULL,
  taken INTEGER NOT NULL DEFAULT 0 CHECK (taken IN (0, 1)),
  PRIMARY KEY (run_no, path, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX timer_due ON timer (due) WHERE taken = 0;
CREATE INDEX timer_taken ON timer (run_no) WHERE taken = 1;

-- Events queued for a run. A matched message is kept by reference.
CREATE TABLE signal (
  signal_no INTEGER PRIMARY KEY,
  run_no INTEGER NOT NULL REFERENCES run,
  kind TEXT NOT NULL CHECK (kind IN ('matched', 'chosen', 'child-ended', 'compensate', 'resume')),
  path TEXT NOT NULL,
  event TEXT NOT NULL,
  message_no INTEGER REFERENCES message,
  taken INTEGER NOT NULL DEFAULT 0 CHECK (taken IN (0, 1))
) STRICT;
CREATE INDEX signal_pending ON signal (signal_no) WHERE taken = 0;
CREATE INDEX signal_run ON signal (run_no);

-- `match_key` hashes type and one correlation field; the others are compared as they are.
CREATE TABLE listen (
  listen_no INTEGER PRIMARY KEY,
  run_no INTEGER NOT NULL REFERENCES run,
  path TEXT NOT NULL,
  match_key BLOB NOT NULL CHECK (length(match_key) = 16),
  correlate TEXT NOT NULL,
  listen_until INTEGER NOT NULL,
  consume INTEGER NOT NULL CHECK (consume IN (0, 1))
) STRICT;
CREATE INDEX listen_match ON listen (match_key);
CREATE INDEX listen_run ON listen (run_no);

CREATE TABLE early_event (
  match_key BLOB NOT NULL CHECK (length(match_key) = 16),
  message_no INTEGER NOT NULL REFERENCES message,
  keep_until INTEGER NOT NULL,
  PRIMARY KEY (match_key, message_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX early_event_over ON early_event (keep_until);

CREATE TABLE correlation (
  message_no INTEGER PRIMARY KEY REFERENCES message,
  correlate TEXT NOT NULL,
  consumed INTEGER NOT NULL DEFAULT 0 CHECK (consumed IN (0, 1))
) STRICT;

CREATE TABLE task (
  task_no INTEGER PRIMARY KEY,
  task_id BLOB NOT NULL UNIQUE CHECK (length(task_id) = 16),
  run_no INTEGER NOT NULL REFERENCES run,
  path TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('open', 'answered', 'closed')),
  team TEXT NOT NULL,
  title TEXT NOT NULL,
  choices TEXT NOT NULL,
  show TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  due INTEGER NOT NULL,
  choice TEXT,
  answered_by TEXT,
  answered_at INTEGER
) STRICT;
CREATE INDEX task_run ON task (run_no);
CREATE INDEX task_open ON task (task_no) WHERE status = 'open';

CREATE TABLE lane_state (
  lane_id BLOB PRIMARY KEY CHECK (length(lane_id) = 16),
  state TEXT NOT NULL,
  applied TEXT -- JSON of the last sequence applied
) STRICT, WITHOUT ROWID;

CREATE TABLE crosswalk (
  entity TEXT NOT NULL,
  canonical_id TEXT NOT NULL,
  system TEXT NOT NULL,
  id TEXT NOT NULL,
  run_no INTEGER REFERENCES run,
  linked_at INTEGER NOT NULL,
  PRIMARY KEY (entity, canonical_id, system),
  UNIQUE (entity, system, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX crosswalk_canonical ON crosswalk (canonical_id);
CREATE INDEX crosswalk_id ON crosswalk (id);
CREATE INDEX crosswalk_run ON crosswalk (run_no);

-- The ledger: what was done to the outside, under which key.
CREATE TABLE effect (
  effect_key BLOB PRIMARY KEY CHECK (length(effect_key) = 16),
  run_no INTEGER NOT NULL REFERENCES run,
  path TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  result TEXT, -- null once undone
  undone INTEGER NOT NULL CHECK (undone IN (0, 1)),
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE milestone (
  run_no INTEGER NOT NULL REFERENCES run,
  name TEXT NOT NULL,
  path TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (run_no, name, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE problem (
  problem_no INTEGER PRIMARY KEY,
  run_no INTEGER NOT NULL REFERENCES run,
  kind TEXT NOT NULL CHECK (kind IN ('dead', 'invalid', 'in-doubt', 'stuck', 'issue')),
  path TEXT NOT NULL,
  failure TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX problem_run ON problem (run_no);

CREATE TABLE cache (
  cache_key TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  fetched_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoint (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  saved_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Where an id of the business was seen; the hash keeps long keys off the tree.
CREATE TABLE business_id (
  id_hash BLOB NOT NULL CHECK (length(id_hash) = 8),
  message_no INTEGER NOT NULL REFERENCES message,
  run_no INTEGER NOT NULL, -- 0: the message itself
  PRIMARY KEY (id_hash, message_no, run_no)
) STRICT, WITHOUT ROWID;

-- Each row hashes the one before: a row changed or removed breaks the chain.
CREATE TABLE audit (
  audit_no INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  detail TEXT NOT NULL,
  hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TABLE counter (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Rows as they are shown.

CREATE VIEW run_view AS
SELECT r.run_no AS runNo, r.run_id AS runId, r.message_no AS messageNo, r.flow, r.status, r.started_at AS startedAt,
  r.ended_at AS endedAt, o.lane_key AS laneKey, o.identity, o.parent, o.error, m.message_id AS messageId, m.type,
  m.correlation_id AS correlationId, b.envelope, g.hash AS generation
FROM run r
JOIN run_document o USING (run_no)
JOIN message m USING (message_no)
JOIN message_body b USING (message_no)
JOIN generation g USING (generation_no);

CREATE VIEW delivery_view AS
SELECT d.delivery_no AS deliveryNo, d.delivery_id AS deliveryId, d.run_no AS runNo, d.path, d.adapter, d.system,
  d.status, d.due, d.attempt, d.crashed, d.mark_sent AS markSent, d.created_at AS createdAt, q.operation, q.request,
  q.read, q.effect_key AS effectKey, r.run_id AS runId, r.flow, m.correlation_id AS correlationId, b.envelope,
  g.hash AS generation
FROM delivery d
JOIN delivery_request q USING (delivery_no)
JOIN run r USING (run_no)
JOIN message m USING (message_no)
JOIN message_body b USING (message_no)
JOIN generation g USING (generation_no);

CREATE VIEW task_view AS
SELECT t.task_no AS taskNo, t.task_id AS taskId, t.run_no AS runNo, t.path, t.status, t.team, t.title, t.choices, t.show,
  t.opened_at AS openedAt, t.due, t.choice, t.answered_by AS answeredBy, t.answered_at AS answeredAt,
  r.run_id AS runId, r.flow
FROM task t
JOIN run r USING (run_no);
