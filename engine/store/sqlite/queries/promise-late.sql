-- Runs that became late between two looks: under way, and without the milestone if it is about one.
SELECT r.run_no AS runNo
FROM run r
WHERE r.ended_at IS NULL AND r.status IN ('queued', 'ready', 'held', 'active', 'released')
  AND r.started_at > :after AND r.started_at <= :until AND r.flow = :flow
  AND (:milestone IS NULL
    OR NOT EXISTS (SELECT 1 FROM milestone m WHERE m.run_no = r.run_no AND m.name = :milestone))
  AND NOT EXISTS (SELECT 1 FROM problem p WHERE p.run_no = r.run_no AND p.kind = 'late' AND p.path = :path)
