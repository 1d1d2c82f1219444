SELECT 'deliveries' AS name,
  (SELECT count(*) FROM delivery WHERE status IN ('pending', 'sent') AND handed = 0)
  + (SELECT count(*) FROM delivery WHERE status IN ('pending', 'sent') AND handed = 1) AS value
UNION ALL SELECT 'timers',
  (SELECT count(*) FROM timer WHERE taken = 0) + (SELECT count(*) FROM timer WHERE taken = 1)
UNION ALL SELECT 'doubts', (SELECT count(*) FROM run WHERE doubts > 0 AND ended_at IS NULL)
UNION ALL SELECT 'doubtsLeft', (SELECT count(*) FROM run WHERE doubts > 0 AND ended_at IS NOT NULL)
UNION ALL SELECT 'tasks', (SELECT count(*) FROM task WHERE status = 'open')
UNION ALL SELECT 'signals', (SELECT count(*) FROM signal WHERE taken = 0)
