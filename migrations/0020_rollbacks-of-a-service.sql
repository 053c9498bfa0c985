-- Several services may be rolled back in the incident of one of them: an incident is about all of these.
CREATE INDEX timeline_events_rolled_back ON timeline_events ((payload ->> 'service'), stream_id)
  WHERE kind = 'rollback_requested';
