-- What tests have said of versions is forgotten after a time, like everything else that is only news once.
GRANT DELETE ON test_reports TO countermand_runtime;
