-- The worst first: what is critical, then what failed last.
SELECT * FROM issue_view
WHERE status IN ('open', 'acknowledged')
  AND (:flow IS NULL OR flow = :flow)
  AND (:category IS NULL OR category = :category)
  AND lastAt >= :since
ORDER BY CASE category WHEN 'critical' THEN 0 WHEN 'high' THEN 1 WHEN 'normal' THEN 2 ELSE 3 END, lastAt DESC
LIMIT :limit
