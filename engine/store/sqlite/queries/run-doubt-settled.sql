-- Of what a run left in doubt when it was ended, one is known by now.
UPDATE run SET doubts = doubts - 1 WHERE run_no = :runNo AND ended_at IS NOT NULL AND doubts > 0
