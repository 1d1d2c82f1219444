SELECT count(*) AS ended, coalesce(sum(ended_at - started_at <= :within), 0) AS inTime,
  avg(ended_at - started_at) AS averageMs, max(ended_at - started_at) AS longestMs
FROM run
WHERE flow = :flow AND started_at >= :since AND started_at < :until AND status IN ('done', 'stopped')
