-- What ran because of a rollback is never rolled back by itself: every rollback of a workload, the newest first.
CREATE INDEX workload_claims_workload ON workload_claims (workload, id);
