INSERT INTO cache (cache_key, value, fetched_at, expires_at)
VALUES (:key, :value, :fetchedAt, :expiresAt)
ON CONFLICT (cache_key) DO UPDATE
SET value = excluded.value, fetched_at = excluded.fetched_at, expires_at = excluded.expires_at
WHERE excluded.fetched_at >= fetched_at
