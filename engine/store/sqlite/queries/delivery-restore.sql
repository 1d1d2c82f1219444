-- Whatever was open when the copy was made may have been sent since.
UPDATE delivery SET handed = 1, status = iif(mark_sent = 1, 'sent', status) WHERE status IN ('pending', 'sent')
