SELECT message_no AS messageNo, run_no AS runNo
FROM business_id
WHERE id_hash = :idHash
ORDER BY message_no DESC
LIMIT :limit
