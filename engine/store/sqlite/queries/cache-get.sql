SELECT value, fetched_at AS fetchedAt, expires_at AS expiresAt FROM cache WHERE cache_key = :key
