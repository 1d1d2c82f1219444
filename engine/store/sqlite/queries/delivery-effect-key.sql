SELECT q.effect_key AS effectKey, q.effect_sha AS effectSha
FROM delivery d
JOIN delivery_request q USING (delivery_no)
WHERE d.run_no = :runNo AND d.path = :path
ORDER BY d.delivery_no DESC
LIMIT 1
