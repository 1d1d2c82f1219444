SELECT e.at, e.actor, e.reason, e.before, e.after FROM edit e JOIN run r USING (run_no) WHERE r.run_id = :runId ORDER BY e.edit_no
