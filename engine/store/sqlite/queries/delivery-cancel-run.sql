UPDATE delivery SET status = 'cancelled', handed = 0 WHERE run_no = :runNo AND status IN ('pending', 'sent')
