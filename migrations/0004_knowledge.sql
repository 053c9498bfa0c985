-- What we know of versions, kept although the platform forgets.
CREATE TABLE revisions (
  workload        text NOT NULL,
  revision        text NOT NULL,
  name            text NOT NULL,
  template        jsonb NOT NULL,
  -- Image digests its units were seen with, by container.
  digests         jsonb NOT NULL DEFAULT '{}',
  first_seen      timestamptz(6) NOT NULL,
  last_seen       timestamptz(6) NOT NULL,
  -- As it was last seen; the time between two healthy sightings counts as healthy.
  running         boolean NOT NULL,
  healthy         boolean NOT NULL,
  healthy_micros  bigint NOT NULL DEFAULT 0,
  -- By the platform's dates, read before a rollback renumbered them.
  served_micros   bigint NOT NULL DEFAULT 0,
  verified_at     timestamptz(6),
  bad_since       timestamptz(6),
  bad_because     text,
  bad_rollback    text,
  PRIMARY KEY (workload, revision)
);

-- What was captured of bad instances; equal texts are kept once.
CREATE TABLE evidence_texts (
  sha256  text PRIMARY KEY,
  text    text NOT NULL
);
CREATE TABLE evidence (
  stream_id  text NOT NULL,
  rollback   text NOT NULL,
  name       text NOT NULL,
  kind       text NOT NULL,
  sha256     text NOT NULL REFERENCES evidence_texts (sha256),
  at         timestamptz(6) NOT NULL,
  PRIMARY KEY (stream_id, rollback, kind, name, sha256)
);

-- Names of people, apart from the timeline, which holds ids only: this can be erased, that cannot.
CREATE TABLE people (
  id            text PRIMARY KEY,
  display_name  text NOT NULL,
  email         text,
  seen_at       timestamptz(6) NOT NULL
);

-- Which processes are alive. Real time, never the shiftable clock: a lease is about processes.
CREATE TABLE replicas (
  id           text PRIMARY KEY,
  worker_pools text[] NOT NULL,
  lock_key     bigint NOT NULL,
  started_at   timestamptz(6) NOT NULL,
  lease_until  timestamptz(6) NOT NULL
);

GRANT SELECT, INSERT, UPDATE ON revisions TO countermand_runtime;
GRANT SELECT, INSERT ON evidence, evidence_texts TO countermand_runtime;
GRANT SELECT, INSERT, UPDATE, DELETE ON people, replicas TO countermand_runtime;
