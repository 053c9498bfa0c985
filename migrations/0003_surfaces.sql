-- Each Slack request and webhook, once, written before it is acknowledged.
CREATE TABLE inbox (
  id           text PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 300),
  source       text NOT NULL CHECK (source IN ('slack', 'webhook')),
  urgent       boolean NOT NULL,
  body         jsonb,
  admitted_at  timestamptz(6) NOT NULL,
  done_at      timestamptz(6),
  given_up     text
);
CREATE INDEX inbox_open ON inbox (admitted_at) WHERE done_at IS NULL;
CREATE INDEX inbox_done ON inbox (done_at) WHERE done_at IS NOT NULL;

-- What people are still to be shown, in the order it was written.
CREATE TABLE outbox (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  stream_id   text NOT NULL REFERENCES streams (id),
  key         text NOT NULL,
  kind        text NOT NULL,
  notice      jsonb NOT NULL,
  written_at  timestamptz(6) NOT NULL,
  state       text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'abandoned')),
  attempts    integer NOT NULL DEFAULT 0,
  retry_at    timestamptz(6),
  last_error  text,
  settled_at  timestamptz(6)
);
-- A card is edited again and again; everything else is said once.
CREATE UNIQUE INDEX outbox_said_once ON outbox (key) WHERE kind <> 'card';
CREATE INDEX outbox_waiting ON outbox (stream_id, id) WHERE state = 'waiting';

-- Where a key was posted, so that it can be edited and answered.
CREATE TABLE surfaces (
  key        text PRIMARY KEY,
  channel    text NOT NULL,
  ts         text NOT NULL,
  posted_at  timestamptz(6) NOT NULL
);

GRANT SELECT, INSERT, DELETE ON inbox TO countermand_runtime;
GRANT UPDATE (done_at, given_up, body) ON inbox TO countermand_runtime;
GRANT SELECT, INSERT ON outbox TO countermand_runtime;
GRANT UPDATE (state, attempts, retry_at, last_error, settled_at) ON outbox TO countermand_runtime;
GRANT SELECT, INSERT, UPDATE ON surfaces TO countermand_runtime;

-- What may be shown now: cards that follow each other are one, at the place of the first; what was not yet
-- possible holds back what comes after it, of its own kind, and everything when it is a channel or a card.
CREATE VIEW outbox_due AS
SELECT o.stream_id, max(o.id) AS id, min(o.id) AS place, o.key,
       (array_agg(o.notice ORDER BY o.id DESC))[1] AS notice, max(o.attempts) AS attempts
  FROM outbox o
 WHERE o.state = 'waiting'
 GROUP BY o.stream_id, o.key, o.kind
HAVING coalesce(max(o.retry_at) <= countermand_now(), true)
   AND NOT EXISTS (
         SELECT FROM outbox h
          WHERE h.stream_id = o.stream_id AND h.state = 'waiting' AND h.id < min(o.id)
            AND h.retry_at > countermand_now()
            AND (h.kind IN ('channel', 'card') OR h.kind = o.kind));
GRANT SELECT ON outbox_due TO countermand_runtime;
