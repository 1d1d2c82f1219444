INSERT INTO known_key (kind, segment, key, row_no, known_until) VALUES (:kind, :segment, :key, :rowNo, :knownUntil)
ON CONFLICT (kind, segment, key) DO UPDATE SET row_no = excluded.row_no, known_until = excluded.known_until
