-- Of each segment, and of what is not merged yet.
WITH RECURSIVE each (segment) AS (
  SELECT max(message_no) >> 14 FROM message
  UNION ALL
  SELECT each.segment - 1 FROM each WHERE each.segment > 0)
SELECT messageNo FROM (
  SELECT b.message_no AS messageNo FROM each CROSS JOIN business_id b ON b.segment = each.segment AND b.id_hash = :idHash
  UNION
  SELECT message_no FROM message
  WHERE message_no > (SELECT up_to FROM merged WHERE name = 'message') AND instr(ids, :idHash) > 0
  UNION
  SELECT r.message_no FROM journal j CROSS JOIN run r USING (run_no)
  WHERE j.journal_no > (SELECT up_to FROM merged WHERE name = 'journal') AND instr(j.ids, :idHash) > 0)
ORDER BY messageNo DESC LIMIT :limit
