-- Where a run stands, as long as it has not ended: rewritten at each decision, and as large as the
-- calls it has open. Beside what never changes, each rewriting moved the others apart. At its end the
-- state goes into the document; those that were unended before this table came have it there until
-- they are decided on.
CREATE TABLE run_state (
  run_no INTEGER PRIMARY KEY REFERENCES run,
  state TEXT NOT NULL
) STRICT;
