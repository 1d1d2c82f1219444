UPDATE task SET show = 'null' WHERE run_no = :runNo
