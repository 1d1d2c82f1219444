UPDATE run_origin SET edit = :data WHERE run_no = :runNo
