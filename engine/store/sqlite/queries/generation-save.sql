INSERT INTO generation (hash, files, saved_at) VALUES (:hash, :files, :now)
ON CONFLICT (hash) DO UPDATE SET files = excluded.files, saved_at = excluded.saved_at
WHERE files IS NULL
