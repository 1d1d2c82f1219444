SELECT kind, path, failure, at FROM problem WHERE run_no = :runNo AND kind <> 'issue' ORDER BY problem_no DESC LIMIT 1
