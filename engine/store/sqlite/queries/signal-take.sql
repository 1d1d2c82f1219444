UPDATE signal SET taken = 1 WHERE signal_no = :signalNo
