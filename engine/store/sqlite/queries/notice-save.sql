UPDATE notice SET status = :status, attempts = :attempts, due = :due, sent_at = :sentAt, why = :why WHERE notice_no = :number
