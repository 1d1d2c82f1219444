INSERT INTO key_filter (kind, segment, bits) VALUES (:kind, :segment, :bits)
ON CONFLICT (kind, segment) DO UPDATE SET bits = excluded.bits
