SELECT * FROM issue_view WHERE fingerprint = :fingerprint
