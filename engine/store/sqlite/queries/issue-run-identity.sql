SELECT identity_key AS identityKey FROM issue_run WHERE settled = 0 AND run_no = :runNo LIMIT 1
