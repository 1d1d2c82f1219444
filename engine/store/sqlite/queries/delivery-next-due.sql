SELECT min(due) AS due FROM delivery
WHERE status IN ('pending', 'sent') AND handed = 0 AND adapter = :adapter AND system = :system AND due > :after
