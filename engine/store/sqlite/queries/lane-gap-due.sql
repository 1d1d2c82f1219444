SELECT run_no AS runNo, lane_id AS laneId FROM run WHERE gap_until <= :now
