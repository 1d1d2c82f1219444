DELETE FROM generation WHERE generation_no = :generationNo
