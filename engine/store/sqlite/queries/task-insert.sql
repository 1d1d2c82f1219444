INSERT INTO task (task_id, run_no, path, status, team, title, choices, show, opened_at, due)
VALUES (:taskId, :runNo, :path, 'open', :team, :title, :choices, :show, :now, :due)
