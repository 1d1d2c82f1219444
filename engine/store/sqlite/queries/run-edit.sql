UPDATE run_document SET edit = :data WHERE run_no = :runNo
