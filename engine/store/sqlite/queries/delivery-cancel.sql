-- `handed` stays: the outcome of one that was already on its way is still taken.
UPDATE delivery SET status = 'cancelled'
WHERE run_no = :runNo AND status IN ('pending', 'sent')
  AND substr(path, 1, length(:prefix)) = :prefix
  AND (length(path) = length(:prefix)
    OR substr(path, length(:prefix) + 1, 1) IN ('/', '.', '[')
    OR substr(:prefix, -1) IN ('/', '.', '['))
