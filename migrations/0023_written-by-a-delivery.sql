-- What somebody asked for is looked up by its delivery when that comes to be carried out late: it may have been decided before.
CREATE INDEX timeline_events_delivery ON timeline_events ((payload ->> 'delivery'))
  WHERE payload ->> 'delivery' IS NOT NULL;
