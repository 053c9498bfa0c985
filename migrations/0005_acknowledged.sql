-- Whether whoever sent a request was told that it arrived: NULL until that is known, false when nobody will ever know. What is
-- admitted without the question (webhooks, events, which are sent again) counts as true.
ALTER TABLE inbox ADD COLUMN acknowledged boolean DEFAULT true;
-- Who asked, for counting how often; forgotten with the row a day later.
ALTER TABLE inbox ADD COLUMN person text;
CREATE INDEX inbox_person ON inbox (person, admitted_at) WHERE person IS NOT NULL;
GRANT UPDATE (acknowledged) ON inbox TO countermand_runtime;
