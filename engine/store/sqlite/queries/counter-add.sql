INSERT INTO counter (name, value) VALUES (:name, :by)
ON CONFLICT (name) DO UPDATE SET value = value + excluded.value
