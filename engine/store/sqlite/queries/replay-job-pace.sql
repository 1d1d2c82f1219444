-- Asked each time a run of the job ends: how far it is must not cost more, the longer the job is. Items are taken in order.
SELECT j.job_no AS number, j.by_whom AS byWhom, j.reason, j.begin, j.generation, j.canary, j.at_once AS atOnce, j.status,
  j.selection -> '$.step' AS step,
  (SELECT min(i.position) FROM replay_item i WHERE i.job_no = j.job_no AND i.status = 'pending') AS next
FROM replay_job j
WHERE j.job_no = :job
