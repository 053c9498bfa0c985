-- What a stream is about, told from its name in this one place. Computed: what an older version begins beside this one has its kind, too.
ALTER TABLE streams ADD COLUMN kind text NOT NULL GENERATED ALWAYS AS (
  CASE WHEN starts_with(id, 'as-') THEN 'assessment'
       WHEN starts_with(id, 'au-') THEN 'automation'
       ELSE 'incident' END) STORED;
CREATE INDEX streams_of_automation ON streams (id) WHERE kind = 'automation';
