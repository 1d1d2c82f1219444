UPDATE task SET status = 'answered', choice = :choice, pick = :pick, answered_by = :by, answered_at = :now
WHERE task_id = :taskId AND status = 'open'
RETURNING run_no AS runNo, path
