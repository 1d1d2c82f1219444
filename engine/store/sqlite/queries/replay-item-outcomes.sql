SELECT CASE i.what WHEN 'resume' THEN r.status ELSE coalesce(n.status, 'no run') END AS name, count(*) AS value
FROM replay_item i
LEFT JOIN run r USING (run_no)
LEFT JOIN message m ON m.message_id = i.new_message_id
LEFT JOIN run n ON n.message_no = m.message_no AND (i.flow IS NULL OR n.flow = i.flow)
WHERE i.job_no = :job AND i.status = 'taken'
GROUP BY 1
