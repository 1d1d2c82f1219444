SELECT generation_no AS generationNo FROM generation WHERE hash = :hash
