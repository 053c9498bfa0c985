-- One row per incident: the lock that every transition takes first, and where its chain ends.
CREATE TABLE streams (
  id         text PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 200),
  service    text,
  seq        integer NOT NULL DEFAULT 0 CHECK (seq >= 0),
  head       bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
  key_id     text NOT NULL,
  opened_at  timestamptz(6) NOT NULL,
  last_at    timestamptz(6) NOT NULL,
  wake_at    timestamptz(6),
  closed_at  timestamptz(6)
);
CREATE INDEX streams_service ON streams (service, opened_at DESC);
CREATE INDEX streams_wake ON streams (wake_at) WHERE wake_at IS NOT NULL;

CREATE TABLE timeline_events (
  stream_id  text NOT NULL REFERENCES streams (id),
  seq        integer NOT NULL CHECK (seq > 0),
  at         timestamptz(6) NOT NULL,
  kind       text NOT NULL,
  actor      text NOT NULL,
  payload    jsonb NOT NULL,
  prev_hash  bytea NOT NULL,
  hash       bytea NOT NULL,
  key_id     text NOT NULL,
  PRIMARY KEY (stream_id, seq)
);
-- A rollback belongs to one incident and is asked for once.
CREATE UNIQUE INDEX timeline_events_rollback ON timeline_events ((payload ->> 'rollback'))
  WHERE kind = 'rollback_requested';
CREATE INDEX timeline_events_channel ON timeline_events ((payload ->> 'channel'))
  WHERE kind = 'channel_opened';

CREATE FUNCTION refuse_change() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
BEGIN
  RAISE EXCEPTION '% is only ever added to: % refused', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER timeline_events_kept BEFORE UPDATE OR DELETE ON timeline_events
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER timeline_events_not_emptied BEFORE TRUNCATE ON timeline_events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Streams change, but are never forgotten and never become shorter.
CREATE FUNCTION refuse_shortening() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
BEGIN
  RAISE EXCEPTION 'a stream keeps its name and never becomes shorter'
    USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER streams_not_shortened BEFORE UPDATE ON streams
  FOR EACH ROW WHEN (NEW.id <> OLD.id OR NEW.seq < OLD.seq) EXECUTE FUNCTION refuse_shortening();
CREATE TRIGGER streams_kept BEFORE DELETE ON streams
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER streams_not_emptied BEFORE TRUNCATE ON streams
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Signed ends of chains. The same lines go to a second place: there truncation shows.
CREATE TABLE chain_heads (
  stream_id  text NOT NULL REFERENCES streams (id),
  count      integer NOT NULL CHECK (count > 0),
  hash       bytea NOT NULL,
  at         timestamptz(6) NOT NULL,
  key_id     text NOT NULL,
  signature  bytea NOT NULL,
  PRIMARY KEY (stream_id, count)
);
CREATE TRIGGER chain_heads_kept BEFORE UPDATE OR DELETE ON chain_heads
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER chain_heads_not_emptied BEFORE TRUNCATE ON chain_heads
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- One rollback at a time per workload.
CREATE TABLE workload_claims (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rollback    text NOT NULL,
  workload    text NOT NULL,
  stream_id   text NOT NULL REFERENCES streams (id),
  claimed_at  timestamptz(6) NOT NULL,
  released_at timestamptz(6)
);
CREATE UNIQUE INDEX workload_claims_one ON workload_claims (workload) WHERE released_at IS NULL;
CREATE INDEX workload_claims_open ON workload_claims (rollback) WHERE released_at IS NULL;

GRANT SELECT, INSERT ON timeline_events, chain_heads TO countermand_runtime;
GRANT SELECT, INSERT ON streams, workload_claims TO countermand_runtime;
GRANT UPDATE (service, seq, head, key_id, last_at, wake_at, closed_at) ON streams TO countermand_runtime;
GRANT UPDATE (released_at) ON workload_claims TO countermand_runtime;
