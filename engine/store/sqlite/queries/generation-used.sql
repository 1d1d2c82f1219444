SELECT max(run_no) AS upTo, json_group_array(DISTINCT generation_no) AS numbers
FROM (SELECT run_no, generation_no FROM run WHERE run_no > :after ORDER BY run_no LIMIT :limit)
