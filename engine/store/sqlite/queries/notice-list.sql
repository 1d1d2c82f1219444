SELECT notice_no AS number, issue_no AS issue, what, team, target, status, attempts, due, at, sent_at AS sentAt, why
FROM notice WHERE issue_no = :issue ORDER BY notice_no
