-- A cancelled one that was on its way still has an outcome, and the run must know it.
UPDATE delivery SET status = 'settled', handed = 0
WHERE delivery_no = :deliveryNo
  AND (status IN ('pending', 'sent') OR (status = 'cancelled' AND handed = 1))
