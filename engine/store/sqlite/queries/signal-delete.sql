DELETE FROM signal WHERE signal_no = :signalNo AND run_no = :runNo
