-- Assessments are streams of the timeline without a service of their own; a backtest looks for them by service and time.
CREATE INDEX timeline_events_assessed ON timeline_events ((payload ->> 'service'), at)
  WHERE kind = 'assessed';
CREATE INDEX timeline_events_owner_asked ON timeline_events ((payload ->> 'service'), at)
  WHERE kind = 'owner_asked';
