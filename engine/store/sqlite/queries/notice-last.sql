SELECT max(sent_at) AS at FROM notice WHERE team = :team AND target = :target AND sent_at IS NOT NULL
