INSERT INTO message (message_id, channel, source, type, received_at, bytes, correlation_id)
VALUES (:messageId, :channel, :source, :type, :receivedAt, :bytes, :correlationId)
