CREATE TABLE agents (
  id text PRIMARY KEY,
  name text NOT NULL,
  token_hash text NOT NULL UNIQUE,
  version text NOT NULL,
  os text NOT NULL,
  arch text NOT NULL,
  labels text NOT NULL,
  executors text NOT NULL,
  boot_id text NOT NULL,
  boot_seq bigint,
  draining bigint NOT NULL DEFAULT 0,
  removed_at bigint,
  registered_at bigint NOT NULL,
  last_seen_at bigint NOT NULL
);
CREATE TABLE attempts (
  job_id text NOT NULL REFERENCES jobs (id),
  attempt bigint NOT NULL,
  agent_id text NOT NULL,
  boot_id text NOT NULL,
  claim_id text NOT NULL UNIQUE,
  state text NOT NULL CHECK (state IN ('assigned', 'running', 'cancelling', 'succeeded', 'failed', 'cancelled', 'timed_out',
                                       'lost', 'released')),
  open bigint NOT NULL,
  renew_seq bigint NOT NULL DEFAULT 0,
  exclusive bigint NOT NULL DEFAULT 0,
  cause text,
  message text,
  exit_code bigint,
  steps text NOT NULL,
  finish_digest text,
  finish_reply text,
  log_flags text,
  claimed_at bigint NOT NULL,
  started_at bigint,
  ended_at bigint, timeout_ms bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (job_id, attempt)
);
CREATE TABLE idempotency_keys (
  owner text NOT NULL,
  key text NOT NULL,
  body_digest text NOT NULL,
  job_id text NOT NULL,
  created_at bigint NOT NULL,
  PRIMARY KEY (owner, key)
);
CREATE TABLE jobs (
  id text PRIMARY KEY,

  seq bigint NOT NULL UNIQUE,




  name text NOT NULL,
  state text NOT NULL CHECK (state IN ('blocked', 'queued', 'assigned', 'running', 'cancelling',
                                       'succeeded', 'failed', 'cancelled', 'timed_out', 'lost', 'skipped')),
  reason text,
  spec text NOT NULL,
  executor text NOT NULL,
  runs_on text NOT NULL,
  priority bigint NOT NULL,
  attempt bigint NOT NULL DEFAULT 0,
  retry_count bigint NOT NULL DEFAULT 0,
  release_count bigint NOT NULL DEFAULT 0,
  concurrency_group text,
  concurrency_limit bigint NOT NULL DEFAULT 0,
  exit_code bigint,
  log_flags text,
  created_by text NOT NULL,
  created_at bigint NOT NULL,
  queued_at bigint,
  started_at bigint,
  finished_at bigint
);
CREATE TABLE schema_migrations (version bigint PRIMARY KEY, name text NOT NULL, applied_at bigint NOT NULL);
CREATE TABLE server_keys (
  name text PRIMARY KEY,
  value bytea NOT NULL
);
CREATE TABLE small_logs (
  job_id text NOT NULL,
  attempt bigint NOT NULL,
  step bigint NOT NULL,
  size bigint NOT NULL,
  data bytea NOT NULL,
  PRIMARY KEY (job_id, attempt, step)
);
CREATE TABLE tokens (
  id text PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('admin', 'registration')),
  hash text NOT NULL UNIQUE,
  name text NOT NULL,
  created_at bigint NOT NULL,
  revoked_at bigint
);
INSERT INTO "jobs" VALUES('01a228b2-c290-7685-9c18-c246f23a3975',1,'ended','succeeded',NULL,'{"name":"ended","executor":"shell","image":"","env":{},"runs_on":[],"timeout_ms":3600000,"retry":{"max":2,"on":["agent_lost","image_pull"],"exit_codes":[],"delay_ms":0},"services":[],"priority":0,"network":"default","resources":{},"steps":[{"name":"the \"first\" step","run":["echo ü"],"image":"","env":{},"workdir":"","allow_failure":false},{"name":"true","run":["true"],"image":"","env":{},"workdir":"","allow_failure":false}]}','shell','[]',0,1,0,0,NULL,0,0,'log_unverified','01a228b2-c212-7a2a-bc2a-395f0724ef95',1795979133584,1795979133584,1795979133586,1795979133588);
INSERT INTO "jobs" VALUES('01a228b2-c297-7989-9aad-806c46734b7e',2,'running','running',NULL,'{"name":"running","executor":"shell","image":"","env":{},"runs_on":[],"timeout_ms":90000,"retry":{"max":1,"on":["exit"],"exit_codes":[75],"delay_ms":0},"services":[],"priority":0,"concurrency":{"group":"deploy","limit":1,"on_conflict":"queue"},"network":"default","resources":{},"steps":[{"name":"the \"first\" step","run":["echo ü"],"image":"","env":{},"workdir":"","allow_failure":false},{"name":"true","run":["true"],"image":"","env":{},"workdir":"","allow_failure":false}]}','shell','[]',0,1,0,0,'deploy',1,NULL,NULL,'01a228b2-c212-7a2a-bc2a-395f0724ef95',1795979133591,1795979133591,1795979133592,NULL);
INSERT INTO "jobs" VALUES('01a228b2-c29c-72e7-8fbf-56a3da8b9574',3,'assigned','assigned',NULL,'{"name":"assigned","executor":"shell","image":"","env":{},"runs_on":[],"timeout_ms":3600000,"retry":{"max":2,"on":["agent_lost","image_pull"],"exit_codes":[],"delay_ms":0},"services":[],"priority":0,"network":"default","resources":{},"steps":[{"name":"the \"first\" step","run":["echo ü"],"image":"","env":{},"workdir":"","allow_failure":false},{"name":"true","run":["true"],"image":"","env":{},"workdir":"","allow_failure":false}]}','shell','[]',0,1,0,0,NULL,0,NULL,NULL,'01a228b2-c212-7a2a-bc2a-395f0724ef95',1795979133596,1795979133596,NULL,NULL);
INSERT INTO "jobs" VALUES('01a228b2-c2a0-7304-9014-9821e1e87cf1',4,'cancelling','cancelling','{"code":"cancelled","facts":{"by":"01a228b2-c212-7a2a-bc2a-395f0724ef95"}}','{"name":"cancelling","executor":"shell","image":"","env":{},"runs_on":[],"timeout_ms":3600000,"retry":{"max":2,"on":["agent_lost","image_pull"],"exit_codes":[],"delay_ms":0},"services":[],"priority":0,"network":"default","resources":{},"steps":[{"name":"the \"first\" step","run":["echo ü"],"image":"","env":{},"workdir":"","allow_failure":false},{"name":"true","run":["true"],"image":"","env":{},"workdir":"","allow_failure":false}]}','shell','[]',0,1,0,0,NULL,0,NULL,NULL,'01a228b2-c212-7a2a-bc2a-395f0724ef95',1795979133600,1795979133600,1795979133601,NULL);
INSERT INTO "jobs" VALUES('01a228b2-c2a4-7dd3-ad95-d9420416fa61',5,'retried','queued','{"code":"retrying","facts":{"cause":"exit","attempt":1}}','{"name":"retried","executor":"shell","image":"","env":{},"runs_on":[],"timeout_ms":3600000,"retry":{"max":2,"on":["exit"],"exit_codes":[],"delay_ms":0},"services":[],"priority":0,"network":"default","resources":{},"steps":[{"name":"the \"first\" step","run":["echo ü"],"image":"","env":{},"workdir":"","allow_failure":false},{"name":"true","run":["true"],"image":"","env":{},"workdir":"","allow_failure":false}]}','shell','[]',0,1,1,0,NULL,0,NULL,NULL,'01a228b2-c212-7a2a-bc2a-395f0724ef95',1795979133604,1795979133607,1795979133606,NULL);
INSERT INTO "jobs" VALUES('01a228b2-c2a8-758b-bad0-d2e0079df083',6,'blocked','blocked','{"code":"waiting_for_concurrency","facts":{"group":"deploy","position":1}}','{"name":"blocked","executor":"shell","image":"","env":{},"runs_on":[],"timeout_ms":3600000,"retry":{"max":2,"on":["agent_lost","image_pull"],"exit_codes":[],"delay_ms":0},"services":[],"priority":0,"concurrency":{"group":"deploy","limit":1,"on_conflict":"queue"},"network":"default","resources":{},"steps":[{"name":"the \"first\" step","run":["echo ü"],"image":"","env":{},"workdir":"","allow_failure":false},{"name":"true","run":["true"],"image":"","env":{},"workdir":"","allow_failure":false}]}','shell','[]',0,0,0,0,'deploy',1,NULL,NULL,'01a228b2-c212-7a2a-bc2a-395f0724ef95',1795979133608,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('01a228b2-c2a9-7599-b0ba-5be7f6b2a448',7,'queued','queued','{"code":"waiting_for_agent","facts":{"executor":"shell","runs_on":["gpu"]}}','{"name":"queued","executor":"shell","image":"","env":{},"runs_on":["gpu"],"timeout_ms":5400000,"retry":{"max":0,"on":["agent_lost","image_pull"],"exit_codes":[],"delay_ms":0},"services":[],"priority":7,"network":"default","resources":{},"steps":[{"name":"the \"first\" step","run":["echo ü"],"image":"","env":{},"workdir":"","allow_failure":false},{"name":"true","run":["true"],"image":"","env":{},"workdir":"","allow_failure":false}]}','shell','["gpu"]',7,0,0,0,NULL,0,NULL,NULL,'01a228b2-c212-7a2a-bc2a-395f0724ef95',1795979133609,1795979133609,NULL,NULL);
INSERT INTO "agents" VALUES('01a228b2-c286-735b-8d9e-e807cf0a980d','ended','0c6cd595a857529036ed97bc223449ffe9ffd1c55de43297e6c2c00c0475f48b','0.1.0','linux','x86_64','{"gpu":"a100"}','["shell"]','4446a860-8c66-453a-b2fa-445849ca2ac5',NULL,0,NULL,1795979133574,1795979133574);
INSERT INTO "agents" VALUES('01a228b2-c296-7f46-8d6b-d2b8663c23a3','running','d4463a63b3bd490aeeeb5e9b5740081c12f52826decc90ecfeb2e582da37f462','0.1.0','linux','x86_64','{"gpu":"a100"}','["shell"]','315b6627-63fc-4809-8d96-17a26da2a768',NULL,0,NULL,1795979133590,1795979133590);
INSERT INTO "agents" VALUES('01a228b2-c29b-7091-9685-5d8986296a79','assigned','e7c1f4c76fddb239fac0d58ac25081143c41af39cd5d9accfd79264c5a9a3fc6','0.1.0','linux','x86_64','{"gpu":"a100"}','["shell"]','e5b368fb-a75e-41ca-b9cb-3c3886a35992',NULL,0,NULL,1795979133595,1795979133595);
INSERT INTO "agents" VALUES('01a228b2-c29f-733b-b84a-6ee60a24b5a9','cancelling','03b85d90ca3b88d0d45c7a8ad31d79290ab21a75b67cad13150a6bd1fb1f6b06','0.1.0','linux','x86_64','{"gpu":"a100"}','["shell"]','bd6106ea-d5f0-4094-bd5d-146e551563cd',NULL,0,NULL,1795979133599,1795979133599);
INSERT INTO "agents" VALUES('01a228b2-c2a3-74a8-8600-3bdb12cd243f','retried','920737fd28d1825ffd063b75c231a559fb245222b8c884790ede43bb554d65e9','0.1.0','linux','x86_64','{"gpu":"a100"}','["shell"]','4e06ab27-0188-4bfd-b06c-3045ba01149e',NULL,0,NULL,1795979133603,1795979133603);
INSERT INTO "attempts" VALUES('01a228b2-c290-7685-9c18-c246f23a3975',1,'01a228b2-c286-735b-8d9e-e807cf0a980d','4446a860-8c66-453a-b2fa-445849ca2ac5','31a797b4-456d-4b9b-a930-02b8edf4376a','succeeded',0,1,0,NULL,NULL,0,'[{"step":0,"name":"the \"first\" step","state":"succeeded","exit_code":0,"duration_ms":1,"log_bytes":0},{"step":1,"name":"true","state":"succeeded","exit_code":0,"duration_ms":1,"log_bytes":0}]','bf5d18b3885bf2a823589c19ceb1444f21ebb6078b69fe9dcf184a568675bea2','{"state":"succeeded","cancel":false}','log_unverified',1795979133586,1795979133586,1795979133588,3600000);
INSERT INTO "attempts" VALUES('01a228b2-c297-7989-9aad-806c46734b7e',1,'01a228b2-c296-7f46-8d6b-d2b8663c23a3','315b6627-63fc-4809-8d96-17a26da2a768','2975766a-b7d1-4a79-b5ff-efa1743737bc','running',1,1,1,NULL,NULL,NULL,'[{"step":0,"name":"the \"first\" step","state":"running","log_bytes":0},{"step":1,"name":"true","state":"pending","log_bytes":0}]',NULL,NULL,NULL,1795979133592,1795979133592,NULL,90000);
INSERT INTO "attempts" VALUES('01a228b2-c29c-72e7-8fbf-56a3da8b9574',1,'01a228b2-c29b-7091-9685-5d8986296a79','e5b368fb-a75e-41ca-b9cb-3c3886a35992','ad28e8d0-6d8e-4abf-b99a-6fdd043fffed','assigned',1,0,0,NULL,NULL,NULL,'[{"step":0,"name":"the \"first\" step","state":"pending","log_bytes":0},{"step":1,"name":"true","state":"pending","log_bytes":0}]',NULL,NULL,NULL,1795979133597,NULL,NULL,3600000);
INSERT INTO "attempts" VALUES('01a228b2-c2a0-7304-9014-9821e1e87cf1',1,'01a228b2-c29f-733b-b84a-6ee60a24b5a9','bd6106ea-d5f0-4094-bd5d-146e551563cd','4189dbe7-2ead-46b7-baf9-12b03e631ea0','cancelling',1,0,0,NULL,NULL,NULL,'[{"step":0,"name":"the \"first\" step","state":"pending","log_bytes":0},{"step":1,"name":"true","state":"pending","log_bytes":0}]',NULL,NULL,NULL,1795979133601,1795979133601,NULL,3600000);
INSERT INTO "attempts" VALUES('01a228b2-c2a4-7dd3-ad95-d9420416fa61',1,'01a228b2-c2a3-74a8-8600-3bdb12cd243f','4e06ab27-0188-4bfd-b06c-3045ba01149e','7ff4f3d8-faa0-4ac4-a33e-e09f7318a570','failed',0,1,0,'exit',NULL,1,'[{"step":0,"name":"the \"first\" step","state":"skipped","log_bytes":0},{"step":1,"name":"true","state":"skipped","log_bytes":0}]','a848929c5dc6da79f5068f39f759f3016434b9fd834203e9593971aba6109a2c','{"state":"queued","cancel":false}','log_unverified',1795979133606,1795979133606,1795979133607,3600000);
INSERT INTO "schema_migrations" VALUES(1,'first',1795979133446);
INSERT INTO "schema_migrations" VALUES(2,'attempt_timeout',1795979133450);
INSERT INTO "server_keys" VALUES('lease',X'6A38787963585A5F356262585F727A3638703346335650566D345A4C477758422D65376F77574A396E4C34');
INSERT INTO "tokens" VALUES('01a228b2-c212-7a2a-bc2a-395f0724ef95','admin','63552bbf2ab906c39d9efd01cd936ee43d10fe9a0ff2c8c59ba467d5250e2462','first admin token',1795979133455,NULL);
INSERT INTO "tokens" VALUES('01a228b2-c212-7422-b413-8bca78acc86e','registration','9fb0217d05aa653316deb0a1785165e7959da88549051c12c06441d215e758ae','first registration token',1795979133455,NULL);
CREATE INDEX agents_present ON agents (id) WHERE removed_at IS NULL;
CREATE INDEX jobs_open ON jobs (state, seq) WHERE state IN ('blocked', 'queued', 'assigned', 'running', 'cancelling');
CREATE INDEX jobs_by_state ON jobs (state, seq);
CREATE INDEX jobs_in_group ON jobs (concurrency_group, seq)
  WHERE concurrency_group IS NOT NULL AND state IN ('blocked', 'queued', 'assigned', 'running', 'cancelling');
CREATE INDEX attempts_open ON attempts (job_id) WHERE open = 1;
CREATE UNIQUE INDEX attempts_agent ON attempts (agent_id) WHERE open = 1;
CREATE INDEX attempts_exclusive ON attempts (job_id) WHERE exclusive = 1;
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
