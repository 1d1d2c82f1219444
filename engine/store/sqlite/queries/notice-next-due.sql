SELECT min(due) AS due FROM notice WHERE status = 'pending'
