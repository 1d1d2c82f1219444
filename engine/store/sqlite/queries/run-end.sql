UPDATE run_document SET ending = :ending WHERE run_no = :runNo
