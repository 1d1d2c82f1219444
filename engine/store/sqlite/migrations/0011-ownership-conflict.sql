-- Values that did not stand against those of their attribute's system of record.
CREATE TABLE ownership_conflict (
  conflict_no INTEGER PRIMARY KEY,
  entity TEXT NOT NULL,
  canonical_id TEXT NOT NULL,
  attribute TEXT NOT NULL,
  owner TEXT NOT NULL,
  kept TEXT NOT NULL, -- JSON
  source TEXT NOT NULL,
  given TEXT NOT NULL, -- JSON
  reason TEXT NOT NULL CHECK (reason IN ('overruled', 'withheld')),
  personal INTEGER NOT NULL CHECK (personal IN (0, 1)),
  run_no INTEGER REFERENCES run, -- that met it last
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  times INTEGER NOT NULL,
  UNIQUE (entity, canonical_id, attribute, source, given)
) STRICT;
CREATE INDEX ownership_conflict_last ON ownership_conflict (last_at);
CREATE INDEX ownership_conflict_of ON ownership_conflict (canonical_id);
CREATE INDEX ownership_conflict_run ON ownership_conflict (run_no);
