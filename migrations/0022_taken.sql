-- Which replica took up what somebody pressed as soon as it was acknowledged, without a job, and when; NULL for what is queued. When it
-- is gone, or has let go of it, the sweep queues it.
ALTER TABLE inbox ADD COLUMN taken_by text, ADD COLUMN taken_at timestamptz;
GRANT UPDATE (taken_by, taken_at) ON inbox TO countermand_runtime;
