DELETE FROM timer WHERE run_no = :runNo AND path = :path AND name = :name
