INSERT INTO notice (issue_no, what, team, target, status, attempts, due, at)
VALUES (:issue, :what, :team, :target, 'pending', 0, :due, :now)
