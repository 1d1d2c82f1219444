SELECT * FROM issue_view
WHERE lastAt >= :since
  AND (:status IS NULL OR status = :status)
  AND (:flow IS NULL OR flow = :flow)
  AND (:category IS NULL OR category = :category)
ORDER BY lastAt DESC
LIMIT :limit
