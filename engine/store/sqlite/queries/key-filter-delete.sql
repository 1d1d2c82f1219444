DELETE FROM key_filter WHERE kind = :kind AND segment = :segment
