-- Messages whose posting was begun and whose end is not known: the answer of the chat platform was lost, or the process died.
CREATE TABLE postings (
  key       text NOT NULL,
  -- Where it was tried; the next try may be elsewhere.
  channel   text NOT NULL,
  begun_at  timestamptz(6) NOT NULL,
  tries     integer NOT NULL DEFAULT 1,
  PRIMARY KEY (key, channel)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON postings TO countermand_runtime;

-- The cards of an incident are drawn again from time to time.
CREATE INDEX outbox_cards ON outbox (stream_id, key, id) WHERE kind = 'card';
