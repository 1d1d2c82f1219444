-- As `run-status`, of one that is over. Where no decision ended it, it stands where the last one left it.
UPDATE run SET status = :status, claimed = 0, started = max(started, :started), ended_at = :now, retest = 0, gap_until = NULL,
  changed_at = :now, ending = :ending,
  state = coalesce(:state, (SELECT s.state FROM run_state s WHERE s.run_no = run.run_no), state)
WHERE run_no = :runNo
