-- Unsettled runs of issues that this run's end may settle: itself, and earlier ones of its record.
SELECT run_no AS runNo FROM issue_run WHERE settled = 0 AND run_no = :runNo
UNION
SELECT run_no FROM issue_run WHERE settled = 0 AND identity_key = :identityKey
