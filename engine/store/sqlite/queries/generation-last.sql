SELECT hash, saved_at AS savedAt, files FROM generation WHERE files IS NOT NULL
ORDER BY saved_at DESC, generation_no DESC LIMIT 1
