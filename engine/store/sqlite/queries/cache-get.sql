SELECT value, expires_at AS expiresAt FROM cache WHERE cache_key = :key
