SELECT * FROM task_view
WHERE status = 'open'
  AND (:flow IS NULL OR flow = :flow)
  AND openedAt >= :since AND openedAt < :until
ORDER BY taskNo DESC
LIMIT :limit
