-- The lag is from the acceptance of the message to the milestone.
SELECT m.name, date(m.at / 1000, 'unixepoch') AS day, count(*) AS count, avg(m.at - r.started_at) AS averageMs,
  max(m.at - r.started_at) AS longestMs
FROM run r
JOIN milestone m USING (run_no)
WHERE r.started_at >= :since AND r.started_at < :until AND (:flow IS NULL OR r.flow = :flow)
GROUP BY 1, 2
ORDER BY 2 DESC, 1
