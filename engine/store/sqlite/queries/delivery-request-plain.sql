SELECT operation, effect_key AS effectKey, effect_sha AS effectSha, read, json_object(
  'method', request ->> '$.method', 'url', request ->> '$.url', 'headers', json('{}'), 'encode', 'none',
  'timeoutMs', request -> '$.timeoutMs') AS request
FROM delivery_request
WHERE delivery_no = :deliveryNo
