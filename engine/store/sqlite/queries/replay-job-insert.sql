INSERT INTO replay_job (at, by_whom, reason, selection, begin, generation, canary, at_once, status, changed_at, why)
VALUES (:now, :by, :reason, :selection, :begin, :generation, :canary, :atOnce, 'running', :now, NULL)
