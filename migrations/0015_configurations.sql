-- By which configuration a process works, and since when it does: that of the one that began last is in force. Older versions say nothing of it.
ALTER TABLE replicas ADD COLUMN configuration text, ADD COLUMN configured_at timestamptz(6);
CREATE OR REPLACE VIEW living_replicas AS
SELECT id, worker_pools, configuration, configured_at
  FROM replicas
 WHERE lease_until > clock_timestamp()
   AND lock_key IN (SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks
                     WHERE locktype = 'advisory' AND objsubid = 1 AND granted
                       AND database = (SELECT oid FROM pg_database WHERE datname = current_database()));
