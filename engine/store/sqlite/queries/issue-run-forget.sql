DELETE FROM issue_run WHERE run_no = :runNo
