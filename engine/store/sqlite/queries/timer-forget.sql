DELETE FROM timer WHERE run_no = :runNo
