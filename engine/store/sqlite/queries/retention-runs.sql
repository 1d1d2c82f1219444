SELECT run_no AS runNo FROM run WHERE message_no = :messageNo ORDER BY run_no
