SELECT min(gap_until) AS due FROM run WHERE gap_until > :after
