DELETE FROM cache WHERE cache_key = :key
