UPDATE crosswalk SET run_no = NULL WHERE run_no = :runNo
