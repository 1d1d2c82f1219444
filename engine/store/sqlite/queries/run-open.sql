-- Whether a run has anything open that its end must close.
SELECT EXISTS (SELECT 1 FROM delivery WHERE run_no = :runNo AND status IN ('pending', 'sent'))
  OR EXISTS (SELECT 1 FROM timer WHERE run_no = :runNo)
  OR EXISTS (SELECT 1 FROM signal WHERE run_no = :runNo)
  OR EXISTS (SELECT 1 FROM listen WHERE run_no = :runNo)
  OR EXISTS (SELECT 1 FROM task WHERE run_no = :runNo AND status = 'open') AS open
