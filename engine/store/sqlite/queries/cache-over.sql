DELETE FROM cache WHERE cache_key IN (SELECT cache_key FROM cache WHERE expires_at <= :now ORDER BY expires_at LIMIT :limit)
