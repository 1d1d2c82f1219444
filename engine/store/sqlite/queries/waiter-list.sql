SELECT w.parent_no AS parentNo, w.path FROM waiter w
JOIN run p ON p.run_no = w.parent_no
WHERE w.run_no = :runNo AND p.ended_at IS NULL
