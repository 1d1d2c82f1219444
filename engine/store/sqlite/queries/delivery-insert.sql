INSERT INTO delivery (delivery_id, run_no, path, adapter, system, status, due, attempt, handed, mark_sent, created_at)
VALUES (:deliveryId, :runNo, :path, :adapter, :system, 'pending', :due, :attempt, :handed, :markSent, :now)
