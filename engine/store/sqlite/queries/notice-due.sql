SELECT notice_no AS number, issue_no AS issue, what, team, target, status, attempts, due, at, sent_at AS sentAt, why
FROM notice WHERE status = 'pending' AND due <= :now ORDER BY due LIMIT :limit
