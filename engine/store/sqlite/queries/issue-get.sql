SELECT * FROM issue_view WHERE number = :number
