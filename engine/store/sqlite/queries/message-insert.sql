INSERT INTO message (message_id, channel, source, type, received_at, bytes, correlation_id, dedupe_key, dedupe_until, ids)
VALUES (:messageId, :channel, :source, :type, :receivedAt, :bytes, :correlationId, :dedupeKey, :dedupeUntil, :ids)
