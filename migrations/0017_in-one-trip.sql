-- For statements that are sent together: one that was to find something and did not takes those behind it along.
CREATE FUNCTION refuse_unless(holds boolean) RETURNS void
  LANGUAGE plpgsql
  AS $$
BEGIN
  IF holds IS NOT TRUE THEN
    RAISE EXCEPTION 'what this was decided by does not hold any more' USING ERRCODE = 'CM001';
  END IF;
END
$$;

-- Only `advance`, `freeze`, `page`, `propose` and `show` of one incident must not overlap with themselves. In one order everywhere, so
-- that two writers do not wait for each other. A job that a worker takes in the very moment in which it is queued again would
-- not be: add_jobs passes over it in silence. It has not seen what it was queued again for, so it is queued once more.
CREATE FUNCTION queue_all(streams text[], jobs text[]) RETURNS void
  LANGUAGE plpgsql
  AS $$
DECLARE
  queued integer;
BEGIN
  LOOP
    SELECT count(*) INTO queued FROM graphile_worker.add_jobs(ARRAY(
      SELECT ROW (j.job, json_build_object('incident', j.stream),
                  CASE WHEN j.job IN ('advance', 'freeze', 'page', 'propose', 'show')
                       THEN j.job || ':' || j.stream END,
                  NULL, 1000, j.job || ':' || j.stream,
                  CASE j.job WHEN 'advance' THEN -5 ELSE 0 END, NULL)::graphile_worker.job_spec
        FROM unnest(streams, jobs) AS j(stream, job)
       ORDER BY j.job || ':' || j.stream));
    EXIT WHEN queued = cardinality(streams);
  END LOOP;
END
$$;
