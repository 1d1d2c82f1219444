INSERT INTO issue_run (issue_no, run_no, identity_key, failures, by_own_end, settled, at)
VALUES (:number, :runNo, :identityKey, :failures, :byOwnEnd, 0, :at)
ON CONFLICT (issue_no, run_no) DO UPDATE
SET failures = failures + excluded.failures, by_own_end = excluded.by_own_end, settled = 0, at = excluded.at
