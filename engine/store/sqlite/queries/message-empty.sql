UPDATE message SET emptied_at = :now WHERE message_no = :messageNo
