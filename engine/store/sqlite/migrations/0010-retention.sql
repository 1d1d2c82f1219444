-- What is over is emptied, then removed: one class of data at a time, in the order of time.

-- The last row of the audit that is gone: the chain goes on from it.
CREATE TABLE audit_anchor (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  audit_no INTEGER NOT NULL,
  hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- How far the messages were gone through, and those on the way that something still needed.
CREATE TABLE retention_mark (
  class TEXT PRIMARY KEY CHECK (class IN ('payloads', 'history')),
  message_no INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE retention_later (
  class TEXT NOT NULL CHECK (class IN ('payloads', 'history')),
  message_no INTEGER NOT NULL,
  PRIMARY KEY (class, message_no)
) STRICT, WITHOUT ROWID;

ALTER TABLE message ADD COLUMN emptied_at INTEGER; -- its payloads are over
