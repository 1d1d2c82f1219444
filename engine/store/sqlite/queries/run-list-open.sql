-- A status that a run leaves again: few are in it at a time.
SELECT * FROM run_view
WHERE status = :status AND endedAt IS NULL
  AND (:flow IS NULL OR flow = :flow)
  AND startedAt >= :since AND startedAt < :until
  AND (:type IS NULL OR type = :type)
ORDER BY startedAt DESC, runNo DESC
LIMIT :limit
