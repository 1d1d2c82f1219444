CREATE INDEX issue_run_of ON issue_run (run_no);
