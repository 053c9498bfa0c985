-- What tests have said of versions, kept until a canary of that version is seen, and after: they run before there is one.
CREATE TABLE test_reports (
  delivery text PRIMARY KEY,
  service  text NOT NULL,
  version  text NOT NULL,
  item     text NOT NULL,
  passed   boolean NOT NULL,
  value    text NOT NULL,
  at       timestamptz(6) NOT NULL
);
CREATE INDEX test_reports_service ON test_reports (service, at DESC);
GRANT SELECT, INSERT ON test_reports TO countermand_runtime;
