-- SPDX-License-Identifier: EUPL-1.2
CREATE TABLE "setting" (
    "name" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    PRIMARY KEY ("name")
) {strict_by_key};

CREATE TABLE "person" (
    "id" TEXT NOT NULL,
    "handle" TEXT NOT NULL UNIQUE,
    "name" TEXT NOT NULL,
    "salt" TEXT NOT NULL,
    "demo" {number} NOT NULL CHECK ("demo" IN (0, 1)),
    "added_ms" {number},
    PRIMARY KEY ("id")
) {strict_by_key};

CREATE TABLE "organisation" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "country" TEXT NOT NULL,
    "kind" TEXT NOT NULL CHECK ("kind" IN ('start-up', 'sme', 'large company', 'research', 'public')),
    "demo" {number} NOT NULL CHECK ("demo" IN (0, 1)),
    "added_ms" {number},
    PRIMARY KEY ("id")
) {strict_by_key};

CREATE TABLE "role_grant" (
    "id" TEXT NOT NULL,
    "person" TEXT NOT NULL,
    "role" TEXT NOT NULL CHECK ("role" IN ('project_lead', 'project_member', 'site_operator', 'factory_adviser', 'compliance_officer', 'reviewer', 'panel_chair', 'programme_officer', 'access_manager', 'data_steward', 'tef_assessor', 'ai_office', 'auditor', 'server', 'agent')),
    "scope_kind" TEXT NOT NULL CHECK ("scope_kind" IN ('network', 'state', 'factory', 'system', 'project', 'call', 'tef')),
    "scope_id" TEXT,
    "added_ms" {number},
    PRIMARY KEY ("id")
) {strict_by_key};
CREATE INDEX "role_grant_by_person" ON "role_grant" ("person");
CREATE INDEX "role_grant_by_scope_id" ON "role_grant" ("scope_id");

CREATE TABLE "token" (
    "hash" TEXT NOT NULL,
    "principal" TEXT NOT NULL,
    "kind" TEXT NOT NULL CHECK ("kind" IN ('nobody', 'person', 'agent', 'server')),
    "expires_ms" {number},
    "added_ms" {number},
    PRIMARY KEY ("hash")
) {strict_by_key};
CREATE INDEX "token_by_principal" ON "token" ("principal");

CREATE TABLE "factory" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "country" TEXT,
    "town" TEXT,
    "host" TEXT,
    "wave" {number} NOT NULL CHECK ("wave" >= 0),
    "status" TEXT NOT NULL,
    "facts" TEXT NOT NULL,
    PRIMARY KEY ("id")
) {strict};

CREATE TABLE "serves" (
    "factory" TEXT NOT NULL,
    "system" TEXT NOT NULL,
    PRIMARY KEY ("factory", "system")
) {strict_by_key};

CREATE TABLE "system" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "country" TEXT,
    "town" TEXT,
    "host" TEXT,
    "status" TEXT NOT NULL,
    "facts" TEXT NOT NULL,
    PRIMARY KEY ("id")
) {strict};

CREATE TABLE "partition" (
    "id" TEXT NOT NULL,
    "system" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "piece" TEXT NOT NULL CHECK ("piece" IN ('accelerator', 'node', 'core')),
    "slots" {number} NOT NULL CHECK ("slots" >= 0),
    "nodes" {number} NOT NULL CHECK ("nodes" >= 0),
    "slots_per_node" {number} NOT NULL CHECK ("slots_per_node" >= 0),
    "model" TEXT,
    "peak_gflops" {number} NOT NULL CHECK ("peak_gflops" >= 0),
    "limit_max_s" {number} NOT NULL CHECK ("limit_max_s" >= 0),
    "grace_s" {number} NOT NULL CHECK ("grace_s" >= 0),
    "experimental" {number} NOT NULL CHECK ("experimental" IN (0, 1)),
    "open" {number} NOT NULL CHECK ("open" IN (0, 1)),
    "demo" {number} NOT NULL CHECK ("demo" IN (0, 1)),
    "pool" TEXT NOT NULL,
    "used" TEXT NOT NULL,
    PRIMARY KEY ("id")
) {strict_by_key};
CREATE INDEX "partition_by_system" ON "partition" ("system");

CREATE TABLE "agent" (
    "id" TEXT NOT NULL,
    "system" TEXT NOT NULL UNIQUE,
    "public_key" TEXT NOT NULL,
    "issued" {number} NOT NULL CHECK ("issued" >= 0),
    "sent" {number} NOT NULL CHECK ("sent" >= 0),
    "taken" {number} NOT NULL CHECK ("taken" >= 0),
    "journal" TEXT,
    "observed" {number} NOT NULL CHECK ("observed" >= 0),
    "boot" TEXT,
    "program" TEXT,
    "protocol" {number} NOT NULL CHECK ("protocol" >= 0),
    "policy" TEXT,
    "rung" TEXT,
    "hello_ms" {number},
    "added_ms" {number},
    PRIMARY KEY ("id")
) {strict_by_key};

CREATE TABLE "account" (
    "id" TEXT NOT NULL,
    "partition" TEXT NOT NULL,
    "kind" TEXT NOT NULL CHECK ("kind" IN ('pool', 'allocation', 'used')),
    "project" TEXT,
    "credit" {number} NOT NULL CHECK ("credit" >= 0),
    "debit" {number} NOT NULL CHECK ("debit" >= 0),
    "held" {number} NOT NULL CHECK ("held" >= 0),
    PRIMARY KEY ("id"),
    CHECK (kind = 'pool' OR credit - debit - held >= 0)
) {strict_by_key};
CREATE INDEX "account_by_partition" ON "account" ("partition");
CREATE INDEX "account_by_project" ON "account" ("project");

CREATE TABLE "entry" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL CHECK ("kind" IN ('grant', 'hold', 'post', 'void')),
    "from_account" TEXT NOT NULL,
    "to_account" TEXT NOT NULL,
    "amount" {number} NOT NULL CHECK ("amount" >= 0),
    "job" TEXT,
    "resolves" TEXT,
    "project" TEXT,
    "at_ms" {number},
    PRIMARY KEY ("id"),
    CHECK (from_account <> to_account)
) {strict_by_key};
CREATE INDEX "entry_by_from_account" ON "entry" ("from_account");
CREATE UNIQUE INDEX "entry_one_resolves" ON "entry" ("resolves") WHERE "resolves" IS NOT NULL;
-- only sqlite
CREATE TRIGGER "entry_no_update" BEFORE UPDATE ON "entry" BEGIN SELECT RAISE(ABORT, 'entry is never changed'); END;
CREATE TRIGGER "entry_no_delete" BEFORE DELETE ON "entry" BEGIN SELECT RAISE(ABORT, 'entry is never changed'); END;
-- all

CREATE TABLE "project" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL UNIQUE,
    "title" TEXT NOT NULL,
    "organisation" TEXT NOT NULL,
    "home" TEXT,
    "purpose" TEXT NOT NULL,
    "open" {number} NOT NULL CHECK ("open" IN (0, 1)),
    "last_job" {number} NOT NULL CHECK ("last_job" >= 0),
    "live_jobs" {number} NOT NULL CHECK ("live_jobs" >= 0),
    "demo" {number} NOT NULL CHECK ("demo" IN (0, 1)),
    "added_ms" {number},
    PRIMARY KEY ("id")
) {strict_by_key};
CREATE INDEX "project_by_organisation" ON "project" ("organisation");

CREATE TABLE "allocation" (
    "id" TEXT NOT NULL,
    "project" TEXT NOT NULL,
    "partition" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "starts_ms" {number},
    "ends_ms" {number},
    PRIMARY KEY ("id")
) {strict_by_key};
CREATE INDEX "allocation_by_project" ON "allocation" ("project");

CREATE TABLE "folder" (
    "project" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "files" {number} NOT NULL CHECK ("files" >= 0),
    "size_bytes" {number} NOT NULL CHECK ("size_bytes" >= 0),
    "list" TEXT NOT NULL,
    "added_ms" {number},
    PRIMARY KEY ("project", "hash")
) {strict};
-- only sqlite
CREATE TRIGGER "folder_no_update" BEFORE UPDATE ON "folder" BEGIN SELECT RAISE(ABORT, 'folder is never changed'); END;
CREATE TRIGGER "folder_no_delete" BEFORE DELETE ON "folder" BEGIN SELECT RAISE(ABORT, 'folder is never changed'); END;
-- all

CREATE TABLE "script" (
    "hash" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    PRIMARY KEY ("hash")
) {strict};

CREATE TABLE "job" (
    "id" TEXT NOT NULL,
    "project" TEXT NOT NULL,
    "number" {number} NOT NULL CHECK ("number" >= 0),
    "submitter" TEXT NOT NULL,
    "partition" TEXT NOT NULL,
    "system" TEXT NOT NULL,
    "state" TEXT NOT NULL CHECK ("state" IN ('held', 'waiting', 'running', 'ended')),
    "ended_as" TEXT NOT NULL CHECK ("ended_as" IN ('none', 'completed', 'failed', 'timed-out', 'cancelled', 'lost', 'refused', 'dependency-never')),
    "name" TEXT NOT NULL,
    "script" TEXT NOT NULL,
    "folder" TEXT,
    "pieces" {number} NOT NULL CHECK ("pieces" >= 0),
    "nodes" {number} NOT NULL CHECK ("nodes" >= 0),
    "tasks" {number} NOT NULL CHECK ("tasks" >= 0),
    "output" TEXT,
    "error" TEXT,
    "limit_s" {number} NOT NULL CHECK ("limit_s" >= 0),
    "grace_s" {number} NOT NULL CHECK ("grace_s" >= 0),
    "allocation" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "hold" TEXT NOT NULL,
    "held" {number} NOT NULL CHECK ("held" >= 0),
    "used" {number} NOT NULL CHECK ("used" >= 0),
    "placement" TEXT NOT NULL,
    "wait_estimate_s" {number} NOT NULL CHECK ("wait_estimate_s" >= 0),
    "array" TEXT,
    "array_index" {number} NOT NULL CHECK ("array_index" >= 0),
    "instruction" {number} NOT NULL CHECK ("instruction" >= 0),
    "cancel_asked" {number} NOT NULL CHECK ("cancel_asked" IN (0, 1)),
    "submitted_ms" {number},
    "started_ms" {number},
    "ended_ms" {number},
    "exit_code" {number} NOT NULL CHECK ("exit_code" >= 0),
    "signal" {number} NOT NULL CHECK ("signal" >= 0),
    "ran_ms" {number} NOT NULL CHECK ("ran_ms" >= 0),
    "cpu_ms" {number} NOT NULL CHECK ("cpu_ms" >= 0),
    "memory_max_bytes" {number} NOT NULL CHECK ("memory_max_bytes" >= 0),
    "reason" TEXT,
    "evidence" TEXT,
    PRIMARY KEY ("id"),
    UNIQUE ("project", "number")
) {strict_by_key};

CREATE TABLE "job_plan" (
    "job" TEXT NOT NULL,
    "plan" TEXT NOT NULL,
    PRIMARY KEY ("job")
) {strict};

CREATE TABLE "job_placement" (
    "id" TEXT NOT NULL,
    "project" TEXT NOT NULL,
    "at_ms" {number},
    "verdicts" TEXT NOT NULL,
    PRIMARY KEY ("id")
) {strict};

CREATE TABLE "job_dependency" (
    "job" TEXT NOT NULL,
    "on_job" TEXT NOT NULL,
    "kind" TEXT NOT NULL CHECK ("kind" IN ('after', 'afterany', 'afterok', 'afternotok')),
    "any" {number} NOT NULL CHECK ("any" IN (0, 1)),
    PRIMARY KEY ("job", "on_job")
) {strict_by_key};
CREATE INDEX "job_dependency_by_on_job" ON "job_dependency" ("on_job");

CREATE TABLE "instruction" (
    "agent" TEXT NOT NULL,
    "number" {number} NOT NULL CHECK ("number" >= 0),
    "kind" TEXT NOT NULL CHECK ("kind" IN ('start', 'cancel')),
    "job" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "expires_ms" {number},
    PRIMARY KEY ("agent", "number")
) {strict};

CREATE TABLE "stream" (
    "job" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "project" TEXT NOT NULL,
    "size_bytes" {number} NOT NULL CHECK ("size_bytes" >= 0),
    "hash" TEXT NOT NULL,
    "ended_ms" {number},
    PRIMARY KEY ("job", "name")
) {strict_by_key};

CREATE TABLE "event" (
    "sequence" {number} NOT NULL CHECK ("sequence" >= 0),
    "at_ms" {number},
    "version" {number} NOT NULL CHECK ("version" >= 0),
    "name" TEXT NOT NULL,
    "actor" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "command" TEXT NOT NULL,
    "payload" TEXT NOT NULL,
    PRIMARY KEY ("sequence")
) {strict};
CREATE INDEX "event_by_subject" ON "event" ("subject");
-- only sqlite
CREATE TRIGGER "event_no_update" BEFORE UPDATE ON "event" BEGIN SELECT RAISE(ABORT, 'event is never changed'); END;
CREATE TRIGGER "event_no_delete" BEFORE DELETE ON "event" BEGIN SELECT RAISE(ABORT, 'event is never changed'); END;
-- all

CREATE TABLE "checkpoint" (
    "size" {number} NOT NULL CHECK ("size" >= 0),
    "root" TEXT NOT NULL,
    "at_ms" {number},
    "key" TEXT NOT NULL,
    "signature" TEXT NOT NULL,
    PRIMARY KEY ("size")
) {strict};
-- only sqlite
CREATE TRIGGER "checkpoint_no_update" BEFORE UPDATE ON "checkpoint" BEGIN SELECT RAISE(ABORT, 'checkpoint is never changed'); END;
CREATE TRIGGER "checkpoint_no_delete" BEFORE DELETE ON "checkpoint" BEGIN SELECT RAISE(ABORT, 'checkpoint is never changed'); END;
-- all

CREATE TABLE "job_record" (
    "job" TEXT NOT NULL,
    "project" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "agent_key" TEXT NOT NULL,
    "agent_signature" TEXT NOT NULL,
    "server_key" TEXT NOT NULL,
    "server_signature" TEXT NOT NULL,
    "at_ms" {number},
    PRIMARY KEY ("job")
) {strict};
-- only sqlite
CREATE TRIGGER "job_record_no_update" BEFORE UPDATE ON "job_record" BEGIN SELECT RAISE(ABORT, 'job_record is never changed'); END;
CREATE TRIGGER "job_record_no_delete" BEFORE DELETE ON "job_record" BEGIN SELECT RAISE(ABORT, 'job_record is never changed'); END;
-- all

CREATE TABLE "answer" (
    "principal" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "request" TEXT NOT NULL,
    "status" {number} NOT NULL CHECK ("status" >= 0),
    "code" TEXT,
    "body" TEXT NOT NULL,
    "at_ms" {number},
    PRIMARY KEY ("principal", "key")
) {strict_by_key};

