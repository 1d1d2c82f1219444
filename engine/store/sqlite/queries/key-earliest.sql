SELECT min(known_until) AS at FROM known_key WHERE kind = :kind AND segment = :segment
