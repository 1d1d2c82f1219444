-- Of a choice among several: what may be picked, as JSON lists by choice.
ALTER TABLE task ADD COLUMN among TEXT;
ALTER TABLE task ADD COLUMN pick TEXT;
DROP VIEW task_view;
CREATE VIEW task_view AS
SELECT t.task_no AS taskNo, t.task_id AS taskId, t.run_no AS runNo, t.path, t.status, t.team, t.title, t.choices, t.among, t.show,
  t.opened_at AS openedAt, t.due, t.choice, t.pick, t.answered_by AS answeredBy, t.answered_at AS answeredAt,
  r.run_id AS runId, r.flow
FROM task t
JOIN run r USING (run_no);
