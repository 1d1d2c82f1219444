SELECT max(started_at) AS at FROM run WHERE flow = :flow AND started_at < :before
