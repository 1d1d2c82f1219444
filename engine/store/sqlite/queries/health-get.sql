-- Numbers have no gap after the mark: what is there is counted by them.
SELECT (SELECT coalesce(max(message_no), 0) FROM message) AS newest,
  (SELECT min(received_at) FROM message) AS oldest,
  coalesce((SELECT message_no FROM retention_mark WHERE class = 'history'), 0) AS historyMark,
  coalesce((SELECT message_no FROM retention_mark WHERE class = 'payloads'), 0) AS payloadsMark,
  (SELECT count(*) FROM retention_later WHERE class = 'history') AS historyLater,
  (SELECT count(*) FROM retention_later WHERE class = 'payloads') AS payloadsLater,
  (SELECT coalesce(max(audit_no), 0) FROM audit) - coalesce((SELECT audit_no FROM audit_anchor WHERE one = 1), 0) AS audit
