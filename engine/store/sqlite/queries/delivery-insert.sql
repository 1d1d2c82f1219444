INSERT INTO delivery (delivery_id, run_no, path, adapter, system, priority, status, due, attempt, handed, mark_sent, created_at)
VALUES (:deliveryId, :runNo, :path, :adapter, :system, (SELECT priority FROM run WHERE run_no = :runNo), 'pending', :due,
  :attempt, :handed, :markSent, :now)
