DELETE FROM notice
WHERE notice_no IN (
  SELECT notice_no FROM notice
  WHERE at < :before AND status <> 'pending' AND notice_no < (SELECT max(notice_no) FROM notice)
  LIMIT :limit)
