UPDATE run SET generation_no = :generationNo WHERE run_no = :runNo
