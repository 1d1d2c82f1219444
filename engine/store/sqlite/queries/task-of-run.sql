SELECT t.task_id AS taskId, r.run_id AS runId, r.flow, t.path, t.status, t.team, t.title, t.choices, t.show, t.opened_at AS openedAt, t.due,
  t.choice, t.answered_by AS answeredBy, t.answered_at AS answeredAt
FROM task t
JOIN run r USING (run_no)
WHERE t.run_no = :runNo
ORDER BY t.task_no
