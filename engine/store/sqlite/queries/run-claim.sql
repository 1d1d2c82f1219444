UPDATE run SET claimed = 1, claims = claims + 1 WHERE run_no = :runNo
