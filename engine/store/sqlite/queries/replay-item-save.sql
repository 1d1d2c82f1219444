UPDATE replay_item SET status = :status, new_message_id = :newMessageId, why = :why WHERE job_no = :job AND position = :position
