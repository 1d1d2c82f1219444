-- Its state stands in the run's row.
INSERT INTO run_document (run_no, identity, lane, lane_key, parent, ancestors, respond_by, impact, state, error, response)
VALUES (:runNo, :identity, :lane, :laneKey, :parent, :ancestors, :respondBy, :impact, '', :error, :response)
