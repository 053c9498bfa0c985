-- Gates at which Flagger asks before it goes on or back: each is open for one version of one Canary, for as long as it says, and else shut.
CREATE TABLE flagger_gates (
  cluster    text NOT NULL,
  namespace  text NOT NULL,
  name       text NOT NULL,
  checksum   text NOT NULL,
  gate       text NOT NULL CHECK (gate IN ('confirm-rollout', 'confirm-traffic-increase', 'confirm-promotion', 'rollback')),
  -- The step of the stream that opened it.
  operation  text NOT NULL,
  opened_at  timestamptz(6) NOT NULL,
  open_until timestamptz(6) NOT NULL,
  -- How often it still lets through; without a number as often as it is asked.
  times_left integer CHECK (times_left >= 0),
  shut_at    timestamptz(6),
  PRIMARY KEY (cluster, namespace, name, checksum, gate, operation)
);
CREATE INDEX flagger_gates_old ON flagger_gates (open_until);
GRANT SELECT, INSERT, UPDATE, DELETE ON flagger_gates TO countermand_runtime;

-- When Flagger last asked at each gate: one row each, however often it asks.
CREATE TABLE flagger_asked (
  cluster   text NOT NULL,
  namespace text NOT NULL,
  name      text NOT NULL,
  gate      text NOT NULL,
  checksum  text NOT NULL,
  phase     text NOT NULL,
  was_open  boolean NOT NULL,
  asked_at  timestamptz(6) NOT NULL,
  PRIMARY KEY (cluster, namespace, name, gate)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON flagger_asked TO countermand_runtime;
