INSERT INTO generation (hash) VALUES (:hash)
