SELECT message_no AS messageNo FROM signal
WHERE run_no = :runNo AND path = :path AND kind = 'matched' AND taken = 0 AND message_no IS NOT NULL
ORDER BY signal_no
