SELECT * FROM issue_view WHERE escalateAt <= :now AND escalateAt IS NOT NULL AND status = 'open' ORDER BY escalateAt
