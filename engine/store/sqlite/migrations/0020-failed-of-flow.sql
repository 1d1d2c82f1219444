-- What failed of one flow: among all that failed, it would be sought row by row. Said in other words than `run_failed`, since
-- SQLite takes that one where both would do.
CREATE INDEX run_failed_flow ON run (flow, status, started_at) WHERE ended_at IS NOT NULL AND status <> 'done';
