-- Those handed out stay: what may have been sent is settled by its outcome.
UPDATE delivery SET status = 'cancelled'
WHERE run_no = :runNo AND status IN ('pending', 'sent') AND handed = 0
  AND substr(path, 1, length(:prefix)) = :prefix
  AND (length(path) = length(:prefix)
    OR substr(path, length(:prefix) + 1, 1) IN ('/', '.', '[')
    OR substr(:prefix, -1) IN ('/', '.', '['))
