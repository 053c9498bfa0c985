-- Canaries on their way are streams of the timeline as well; `advance` carries them on, as it does what is of no other kind. The
-- promotions of a service, the newest first:
CREATE INDEX timeline_events_promotion ON timeline_events ((payload ->> 'service'), at)
  WHERE kind = 'promotion_requested';
