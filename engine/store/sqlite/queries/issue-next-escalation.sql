SELECT min(escalate_at) AS due FROM issue WHERE escalate_at IS NOT NULL
