SELECT adapter, count(*) AS count FROM delivery
WHERE status IN ('pending', 'sent') AND handed = 0
GROUP BY adapter
