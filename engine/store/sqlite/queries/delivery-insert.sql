INSERT INTO delivery (delivery_id, run_no, path, adapter, system, status, due, attempt, mark_sent, created_at)
VALUES (:deliveryId, :runNo, :path, :adapter, :system, 'pending', :due, :attempt, :markSent, :now)
