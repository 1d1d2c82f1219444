INSERT INTO delivery_request (delivery_no, operation, effect_key, effect_sha, read, request, context)
VALUES (:deliveryNo, :operation, :effectKey, :effectSha, :read, :request, :context)
