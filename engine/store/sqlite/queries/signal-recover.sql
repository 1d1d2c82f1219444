UPDATE signal SET taken = 0 WHERE taken = 1
