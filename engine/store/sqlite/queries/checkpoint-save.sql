INSERT INTO checkpoint (name, value, saved_at)
VALUES (:name, :value, :now)
ON CONFLICT (name) DO UPDATE SET value = excluded.value, saved_at = excluded.saved_at
