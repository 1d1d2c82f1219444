SELECT * FROM task_view WHERE runNo = :runNo ORDER BY taskNo
