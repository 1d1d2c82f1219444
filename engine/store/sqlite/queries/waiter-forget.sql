DELETE FROM waiter WHERE run_no = :runNo
