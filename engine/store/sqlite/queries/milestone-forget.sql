DELETE FROM milestone WHERE run_no = :runNo
