-- Where a run that ended stands, and how it ended, in its own row, which is written then anyway. Runs that ended before
-- have both in their document.
ALTER TABLE run ADD COLUMN state TEXT; -- at first blanks around what nobody has decided on
ALTER TABLE run ADD COLUMN ending TEXT; -- JSON: { output } or { failure }
