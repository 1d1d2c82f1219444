UPDATE problem SET failure = :failure WHERE problem_no = :problemNo
