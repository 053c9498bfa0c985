-- Since when a version has run, this time: the platform keeps the first date of one that comes back.
ALTER TABLE revisions
  ADD COLUMN began_at timestamptz(6),
  -- Nobody saw it begin.
  ADD COLUMN began_or_earlier boolean NOT NULL DEFAULT false;
