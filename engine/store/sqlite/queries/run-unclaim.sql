UPDATE run SET claimed = 0 WHERE ended_at IS NULL AND status = 'ready' AND claimed = 1
