-- A flood of what can wait must not hide what cannot: each priority is a queue of its own.
ALTER TABLE delivery ADD COLUMN priority INTEGER NOT NULL DEFAULT 1 CHECK (priority BETWEEN 0 AND 2);
UPDATE delivery SET priority = (SELECT priority FROM run r WHERE r.run_no = delivery.run_no)
WHERE status IN ('pending', 'sent');

DROP INDEX delivery_due;
CREATE INDEX delivery_due ON delivery (adapter, system, priority, due, delivery_no)
WHERE status IN ('pending', 'sent') AND handed = 0;
