SELECT row_no AS rowNo, known_until AS knownUntil FROM known_key WHERE kind = :kind AND segment = :segment AND key = :key
