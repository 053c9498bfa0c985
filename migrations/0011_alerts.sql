-- What was last heard of each condition that machines report: one row each, however often they say it.
CREATE TABLE alerts (
  key        text PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 200),
  service    text NOT NULL,
  status     text NOT NULL CHECK (status IN ('firing', 'resolved')),
  starts_at  timestamptz(6) NOT NULL,
  seen_at    timestamptz(6) NOT NULL,
  times      bigint NOT NULL
);
CREATE INDEX alerts_seen ON alerts (seen_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON alerts TO countermand_runtime;

-- What machines have sent and nobody has handled.
CREATE INDEX inbox_alerts ON inbox (admitted_at, id)
  WHERE source = 'webhook' AND done_at IS NULL AND given_up IS NULL;
