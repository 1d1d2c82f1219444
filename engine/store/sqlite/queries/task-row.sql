SELECT * FROM task_view WHERE taskId = :taskId
