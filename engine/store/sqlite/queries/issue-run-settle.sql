-- Settled: the run ended well or by a person, or a later run of the same record did.
UPDATE issue_run
SET settled = 1
WHERE settled = 0 AND run_no = :runNo AND EXISTS (
  SELECT 1 FROM run r
  WHERE r.run_no = issue_run.run_no AND issue_run.by_own_end = 1 AND r.status IN ('done', 'stopped', 'superseded', 'discarded')
  UNION ALL
  SELECT 1 FROM run r
  WHERE r.run_no = :latestNo AND r.run_no > issue_run.run_no AND r.status IN ('done', 'stopped', 'superseded')
)
RETURNING issue_no AS number
