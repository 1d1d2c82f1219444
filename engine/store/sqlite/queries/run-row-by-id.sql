SELECT * FROM run_view WHERE runId = :runId
