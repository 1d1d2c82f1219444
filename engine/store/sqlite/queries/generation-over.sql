-- The one saved last is the current one.
SELECT generation_no AS generationNo FROM generation
WHERE saved_at < :before AND saved_at < (SELECT max(saved_at) FROM generation)
  AND generation_no < (SELECT max(generation_no) FROM generation)
