-- Open ones wait for somebody. Ignored ones say what nobody wants to hear of: as long as it happens, and so long after.
DELETE FROM issue
WHERE issue_no IN (
  SELECT issue_no FROM issue i
  WHERE status IN ('resolved', 'ignored') AND changed_at < :before AND last_at < :before
    AND issue_no < (SELECT max(issue_no) FROM issue)
    AND NOT EXISTS (SELECT 1 FROM issue_run x WHERE x.issue_no = i.issue_no)
    AND NOT EXISTS (SELECT 1 FROM notice n WHERE n.issue_no = i.issue_no)
  LIMIT :limit)
