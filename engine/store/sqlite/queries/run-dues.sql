-- When each request and each wait of a run is due.
SELECT path, due FROM delivery WHERE run_no = :runNo AND status IN ('pending', 'sent')
UNION ALL
SELECT path, due FROM timer WHERE run_no = :runNo AND name IN ('retry', 'park')
