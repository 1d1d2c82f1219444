INSERT INTO run_origin (run_no, identity, lane, lane_key, parent, ancestors, respond_by, impact)
VALUES (:runNo, :identity, :lane, :laneKey, :parent, :ancestors, :respondBy, :impact)
