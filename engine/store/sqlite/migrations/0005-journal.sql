-- A decision writes one row of what happened, instead of one each for history, results and attempt.
CREATE TABLE journal (
  journal_no INTEGER PRIMARY KEY,
  run_no INTEGER NOT NULL REFERENCES run,
  at INTEGER NOT NULL,
  history TEXT, -- JSON: [{ path, what, detail }]
  results TEXT, -- JSON: new or changed step results by path
  delivery_no INTEGER REFERENCES delivery, -- whose outcome was decided on
  attempt TEXT, -- JSON: { outcome, status, ms, response }
  ids BLOB -- hashes of ids of the business met here, 8 bytes each
) STRICT;

INSERT INTO journal (run_no, at, history)
SELECT run_no, at, json_array(iif(detail IS NULL,
  json_object('path', path, 'what', what),
  json_object('path', path, 'what', what, 'detail', json(detail))))
FROM history ORDER BY history_no;
INSERT INTO journal (run_no, at, results)
SELECT run_no, changed_at, json_object(path, json(value)) FROM result JOIN run USING (run_no) ORDER BY run_no, path;
INSERT INTO journal (run_no, at, delivery_no, attempt)
SELECT d.run_no, a.at, delivery_no, json_object('outcome', a.outcome, 'status', a.status, 'ms', a.ms, 'response', json(a.response))
FROM attempt a JOIN delivery d USING (delivery_no) ORDER BY attempt_no;
CREATE INDEX journal_run ON journal (run_no);
DROP TABLE history;
DROP TABLE result;
DROP TABLE attempt;

-- Keys from outside are random, and a tree of random keys costs a page a row once it has outgrown
-- memory. So a row first keeps its own keys, always appended; `merged` says how far they were brought,
-- many at once and sorted, into segments of limited size. What is not merged yet is held in memory.
CREATE TABLE merged (
  name TEXT PRIMARY KEY CHECK (name IN ('dedupe', 'identity', 'effect', 'message', 'journal')),
  up_to INTEGER NOT NULL -- the last number of the table's rows that was merged
) STRICT, WITHOUT ROWID;

CREATE TABLE known_key (
  kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3), -- dedupe, identity, effect
  segment INTEGER NOT NULL,
  key BLOB NOT NULL CHECK (length(key) = 16),
  row_no INTEGER NOT NULL, -- of the message, the run, the effect
  known_until INTEGER NOT NULL,
  PRIMARY KEY (kind, segment, key)
) STRICT, WITHOUT ROWID;

-- Which keys a segment certainly lacks: a Bloom filter. Segment -1, of an older store, has none.
CREATE TABLE key_filter (
  kind INTEGER NOT NULL,
  segment INTEGER NOT NULL,
  bits BLOB NOT NULL,
  PRIMARY KEY (kind, segment)
) STRICT;

ALTER TABLE message ADD COLUMN dedupe_key BLOB CHECK (length(dedupe_key) = 16);
ALTER TABLE message ADD COLUMN dedupe_until INTEGER;
ALTER TABLE message ADD COLUMN ids BLOB; -- as journal.ids
ALTER TABLE run ADD COLUMN identity_key BLOB CHECK (length(identity_key) = 16);
ALTER TABLE run ADD COLUMN identity_until INTEGER;

INSERT INTO known_key SELECT 1, -1, dedupe_key, message_no, remembered_until FROM dedupe ORDER BY dedupe_key;
INSERT INTO known_key SELECT 2, -1, identity_key, run_no, remembered_until FROM identity ORDER BY identity_key;
DROP TABLE dedupe;
DROP TABLE identity;

ALTER TABLE effect RENAME TO effect_by_key;
CREATE TABLE effect (
  effect_no INTEGER PRIMARY KEY,
  effect_key BLOB NOT NULL CHECK (length(effect_key) = 16),
  run_no INTEGER NOT NULL REFERENCES run,
  path TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  result TEXT, -- null once undone
  undone INTEGER NOT NULL CHECK (undone IN (0, 1)),
  at INTEGER NOT NULL
) STRICT;
INSERT INTO effect (effect_key, run_no, path, body_hash, result, undone, at)
SELECT effect_key, run_no, path, body_hash, result, undone, at FROM effect_by_key ORDER BY at;
INSERT INTO known_key SELECT 3, -1, effect_key, effect_no, 9007199254740991 FROM effect ORDER BY effect_key;
DROP TABLE effect_by_key;

-- Where an id of the business was seen.
ALTER TABLE business_id RENAME TO business_id_by_hash;
CREATE TABLE business_id (
  segment INTEGER NOT NULL,
  id_hash BLOB NOT NULL CHECK (length(id_hash) = 8),
  message_no INTEGER NOT NULL REFERENCES message,
  PRIMARY KEY (segment, id_hash, message_no)
) STRICT, WITHOUT ROWID;
INSERT INTO business_id SELECT DISTINCT message_no >> 14, id_hash, message_no FROM business_id_by_hash ORDER BY 1, 2, 3;
DROP TABLE business_id_by_hash;

INSERT INTO merged
SELECT 'dedupe', coalesce(max(message_no), 0) FROM message
UNION ALL SELECT 'message', coalesce(max(message_no), 0) FROM message
UNION ALL SELECT 'identity', coalesce(max(run_no), 0) FROM run
UNION ALL SELECT 'effect', coalesce(max(effect_no), 0) FROM effect
UNION ALL SELECT 'journal', coalesce(max(journal_no), 0) FROM journal;
