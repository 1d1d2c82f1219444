-- A replay of many is a job: what it takes was chosen once, and it goes on after a crash.
CREATE TABLE replay_job (
  job_no INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  by_whom TEXT NOT NULL,
  reason TEXT,
  selection TEXT NOT NULL, -- JSON: what was asked for
  begin TEXT NOT NULL CHECK (begin IN ('step', 'event', 'message')),
  generation TEXT CHECK (generation IN ('pinned', 'current')),
  canary INTEGER NOT NULL, -- so many first, then it waits for a look; 0 for none
  at_once INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('running', 'waiting', 'done', 'stopped')),
  changed_at INTEGER NOT NULL,
  why TEXT
) STRICT;
CREATE INDEX replay_job_open ON replay_job (job_no) WHERE status = 'running';

CREATE TABLE replay_item (
  job_no INTEGER NOT NULL REFERENCES replay_job,
  position INTEGER NOT NULL,
  what TEXT NOT NULL CHECK (what IN ('resume', 'replay')),
  run_no INTEGER, -- the run that it is about; none where a message started no run
  message_id BLOB NOT NULL CHECK (length(message_id) = 16),
  flow TEXT,
  status TEXT NOT NULL CHECK (status IN ('pending', 'taken', 'refused')),
  new_message_id BLOB CHECK (length(new_message_id) = 16), -- the replay of the message
  why TEXT,
  PRIMARY KEY (job_no, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX replay_item_pending ON replay_item (job_no, position) WHERE status = 'pending';
CREATE INDEX replay_item_message ON replay_item (new_message_id) WHERE new_message_id IS NOT NULL;
CREATE INDEX replay_item_run ON replay_item (run_no) WHERE what = 'resume';

-- Data of a message that a person mended, for one run: both payloads, by whom and why.
CREATE TABLE edit (
  edit_no INTEGER PRIMARY KEY,
  run_no INTEGER NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT,
  before TEXT NOT NULL,
  after TEXT NOT NULL
) STRICT;
CREATE INDEX edit_run ON edit (run_no);

CREATE VIEW replay_job_view AS
SELECT j.job_no AS number, j.at, j.by_whom AS byWhom, j.reason, j.selection, j.begin, j.generation, j.canary,
  j.at_once AS atOnce, j.status, j.changed_at AS changedAt, j.why,
  (SELECT count(*) FROM replay_item i WHERE i.job_no = j.job_no) AS total,
  (SELECT count(*) FROM replay_item i WHERE i.job_no = j.job_no AND i.status = 'pending') AS pending,
  (SELECT count(*) FROM replay_item i WHERE i.job_no = j.job_no AND i.status = 'refused') AS refused,
  (SELECT count(*) FROM replay_item i WHERE i.job_no = j.job_no AND i.status = 'taken') AS taken
FROM replay_job j;
