INSERT INTO delivery_request (delivery_no, operation, effect_key, read, request, context)
VALUES (:deliveryNo, :operation, :effectKey, :read, :request, :context)
