SELECT run_no AS runNo FROM issue_run WHERE issue_no = :number AND run_no = :runNo
