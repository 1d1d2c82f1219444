SELECT * FROM run_view WHERE runNo = :runNo
