SELECT problem_no AS problemNo, failure FROM problem WHERE run_no = :runNo
