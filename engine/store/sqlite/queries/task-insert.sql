INSERT INTO task (task_id, run_no, path, status, team, title, choices, among, show, opened_at, due)
VALUES (:taskId, :runNo, :path, 'open', :team, :title, :choices, :among, :show, :now, :due)
