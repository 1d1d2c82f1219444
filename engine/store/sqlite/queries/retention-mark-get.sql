SELECT message_no AS messageNo FROM retention_mark WHERE class = :class
