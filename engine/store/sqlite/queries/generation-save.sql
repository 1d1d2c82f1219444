-- Its texts never change; when it was last made the current one does.
INSERT INTO generation (hash, files, saved_at) VALUES (:hash, :files, :now)
ON CONFLICT (hash) DO UPDATE SET files = coalesce(files, excluded.files), saved_at = excluded.saved_at
