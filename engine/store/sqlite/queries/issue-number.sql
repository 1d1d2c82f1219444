SELECT issue_no AS number FROM issue WHERE fingerprint = :fingerprint
