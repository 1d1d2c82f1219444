-- Where "sent" is marked before the first byte, an unmarked one has certainly not been sent.
UPDATE delivery SET handed = 0, crashed = (mark_sent = 0 OR status = 'sent')
WHERE status IN ('pending', 'sent') AND handed = 1
