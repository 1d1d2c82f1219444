-- Problems of three more kinds: a run that ended as failed, a promise that was broken, and the
-- reports of insight itself. Only what fails writes here.
CREATE TABLE problem_new (
  problem_no INTEGER PRIMARY KEY AUTOINCREMENT, -- read in order: a number is never used twice
  run_no INTEGER NOT NULL REFERENCES run,
  kind TEXT NOT NULL CHECK (kind IN ('dead', 'invalid', 'in-doubt', 'stuck', 'issue', 'failed', 'late')),
  path TEXT NOT NULL,
  failure TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
INSERT INTO problem_new SELECT problem_no, run_no, kind, path, failure, at FROM problem;
DROP TABLE problem;
ALTER TABLE problem_new RENAME TO problem;
CREATE INDEX problem_run ON problem (run_no);

-- One cause, however many failures it produced. Runs are named by number alone: they may be gone
-- before what is known of them.
CREATE TABLE issue (
  issue_no INTEGER PRIMARY KEY,
  fingerprint BLOB NOT NULL UNIQUE CHECK (length(fingerprint) = 16),
  flow TEXT NOT NULL,
  step TEXT NOT NULL, -- without item keys
  system TEXT,
  kind TEXT NOT NULL,
  class TEXT NOT NULL,
  code TEXT NOT NULL,
  title TEXT NOT NULL, -- the message without its variable parts
  team TEXT,
  category TEXT NOT NULL CHECK (category IN ('critical', 'high', 'normal', 'low')),
  status TEXT NOT NULL CHECK (status IN ('open', 'acknowledged', 'resolved', 'ignored')),
  failures INTEGER NOT NULL,
  amounts TEXT NOT NULL, -- JSON: decimal string by currency, each run once
  sample_run_no INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  opened_at INTEGER NOT NULL, -- the last time it was opened
  reopened INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  changed_by TEXT,
  comment TEXT,
  escalated INTEGER NOT NULL, -- levels told so far
  escalate_at INTEGER
) STRICT;
CREATE INDEX issue_unresolved ON issue (issue_no) WHERE status IN ('open', 'acknowledged');
CREATE INDEX issue_last ON issue (last_at);
CREATE INDEX issue_escalate ON issue (escalate_at) WHERE escalate_at IS NOT NULL;

CREATE TABLE issue_run (
  issue_no INTEGER NOT NULL REFERENCES issue,
  run_no INTEGER NOT NULL,
  identity_key BLOB NOT NULL CHECK (length(identity_key) = 16), -- the record: a later run of it may succeed
  failures INTEGER NOT NULL,
  by_own_end INTEGER NOT NULL CHECK (by_own_end IN (0, 1)), -- 0: it was reported, and the run went on
  settled INTEGER NOT NULL CHECK (settled IN (0, 1)), -- its record succeeded, or a person ended it
  at INTEGER NOT NULL,
  PRIMARY KEY (issue_no, run_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX issue_run_unsettled ON issue_run (run_no) WHERE settled = 0;
CREATE INDEX issue_run_identity ON issue_run (identity_key) WHERE settled = 0;

-- What a team is told, one row a target; sent once the row is on disk.
CREATE TABLE notice (
  notice_no INTEGER PRIMARY KEY,
  issue_no INTEGER NOT NULL REFERENCES issue,
  what TEXT NOT NULL CHECK (what IN ('opened', 'returned', 'raised', 'escalated', 'resolved')),
  team TEXT NOT NULL,
  target TEXT NOT NULL, -- `log`, or the name of a webhook
  status TEXT NOT NULL CHECK (status IN ('pending', 'sent', 'given-up')),
  attempts INTEGER NOT NULL,
  due INTEGER NOT NULL,
  at INTEGER NOT NULL,
  sent_at INTEGER,
  why TEXT
) STRICT;
CREATE INDEX notice_pending ON notice (due) WHERE status = 'pending';
CREATE INDEX notice_issue ON notice (issue_no);
CREATE INDEX notice_sent ON notice (team, target, sent_at) WHERE sent_at IS NOT NULL;

CREATE VIEW issue_view AS
SELECT i.issue_no AS number, i.fingerprint, i.flow, i.step, i.system, i.kind, i.class, i.code, i.title, i.team, i.category,
  i.status, i.failures, i.amounts, i.first_at AS firstAt, i.last_at AS lastAt, i.opened_at AS openedAt, i.reopened,
  i.changed_at AS changedAt, i.changed_by AS changedBy, i.comment, i.escalated, i.escalate_at AS escalateAt,
  r.run_id AS sampleRunId,
  (SELECT count(*) FROM issue_run x WHERE x.issue_no = i.issue_no) AS runs,
  (SELECT count(*) FROM issue_run x WHERE x.issue_no = i.issue_no AND x.settled = 0) AS unsettled
FROM issue i
LEFT JOIN run r ON r.run_no = i.sample_run_no;
