-- That it was done stays; what it gave is gone.
UPDATE effect SET result = '' WHERE effect_no = :effectNo AND result <> ''
