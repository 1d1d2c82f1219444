SELECT operation, effect_key AS effectKey, effect_sha AS effectSha, read, request
FROM delivery_request
WHERE delivery_no = :deliveryNo
