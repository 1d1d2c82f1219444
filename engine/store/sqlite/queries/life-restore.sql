-- The engine that wrote the copy knew what it had not sent; of what came after, nobody does.
UPDATE checkpoint SET value = '"running"' WHERE name = 'runtime:life'
