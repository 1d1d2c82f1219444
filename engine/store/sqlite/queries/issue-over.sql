-- Only what is resolved: open ones wait for somebody, and ignored ones say what nobody wants to hear of.
DELETE FROM issue
WHERE issue_no IN (
  SELECT issue_no FROM issue i
  WHERE status = 'resolved' AND changed_at < :before AND last_at < :before
    AND issue_no < (SELECT max(issue_no) FROM issue)
    AND NOT EXISTS (SELECT 1 FROM issue_run x WHERE x.issue_no = i.issue_no)
    AND NOT EXISTS (SELECT 1 FROM notice n WHERE n.issue_no = i.issue_no)
  LIMIT :limit)
