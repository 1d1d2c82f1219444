SELECT count(*) AS ended, coalesce(sum(m.at - r.started_at <= :within), 0) AS inTime,
  avg(m.at - r.started_at) AS averageMs, max(m.at - r.started_at) AS longestMs
FROM run r
JOIN milestone m USING (run_no)
WHERE r.flow = :flow AND r.started_at >= :since AND r.started_at < :until AND m.name = :milestone
