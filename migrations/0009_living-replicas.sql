-- Who lives: holds the lock of its session, and has a lease that has not run out. Whoever lacks one of them is dead to the rest.
CREATE VIEW living_replicas AS
SELECT id, worker_pools
  FROM replicas
 WHERE lease_until > clock_timestamp()
   AND lock_key IN (SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks
                     WHERE locktype = 'advisory' AND objsubid = 1 AND granted
                       AND database = (SELECT oid FROM pg_database WHERE datname = current_database()));
GRANT SELECT ON living_replicas TO countermand_runtime;
