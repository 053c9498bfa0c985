-- Messages that were posted a second time, because a first one was nowhere to be seen: a slow chat platform may show the first one yet.
CREATE TABLE perhaps_twice (
  key       text NOT NULL,
  channel   text NOT NULL,
  thread    text,
  -- Of the first try.
  begun_at  timestamptz(6) NOT NULL,
  looks     integer NOT NULL DEFAULT 0,
  -- By the clock on the wall: the platform is as slow as it is, whatever time tests pretend.
  look_at   timestamptz(6) NOT NULL,
  PRIMARY KEY (key, channel)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON perhaps_twice TO countermand_runtime;
