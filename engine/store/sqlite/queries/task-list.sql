SELECT t.task_id AS taskId, r.run_id AS runId, r.flow, t.path, t.status, t.team, t.title, t.choices, t.show, t.opened_at AS openedAt, t.due,
  t.choice, t.answered_by AS answeredBy, t.answered_at AS answeredAt
FROM task t
JOIN run r USING (run_no)
WHERE (:taskId IS NULL OR t.task_id = :taskId)
  AND (:status IS NULL OR t.status = :status)
  AND (:flow IS NULL OR r.flow = :flow)
  AND (:since IS NULL OR t.opened_at >= :since)
  AND (:until IS NULL OR t.opened_at < :until)
ORDER BY t.task_no DESC
LIMIT :limit
