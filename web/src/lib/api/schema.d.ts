// Generated from the server's OpenAPI document by npm run gen:api; do not edit.
export interface paths {
    "/api/v1/lint": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Check a pipeline file; everything that is wrong with it */
        post: operations["lintPipeline"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What a pipeline file would do for an event; nothing runs
         * @description In the query also: input.NAME=VALUE for each input that is given.
         */
        post: operations["planPipeline"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schema/pipeline.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The JSON Schema of a pipeline file */
        get: operations["pipelineSchema"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List runs, newest first */
        get: operations["listRuns"];
        put?: never;
        /**
         * Run a pipeline file
         * @description In the query also: input.NAME=VALUE for each input that is given.
         */
        post: operations["createRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show one run and its jobs */
        get: operations["showRun"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancel a run; a second time, its clean-up jobs as well */
        post: operations["cancelRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let a run begin that waits for an approval */
        post: operations["approveRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/rerun": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Run jobs of a run again, with whatever depends on them; or all, with another file or other inputs */
        post: operations["rerunRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was planned for a run */
        get: operations["showRunPlan"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/workflow": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The pipeline file that a run was made from */
        get: operations["showRunWorkflow"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List jobs, newest first */
        get: operations["listJobs"];
        put?: never;
        /** Submit one job, as JSON or YAML */
        post: operations["submitJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show one job */
        get: operations["showJob"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Claim, start, report, release or finish a job as its agent; cancel it as a user */
        put: operations["putStatus"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The raw bytes of a log */
        get: operations["readLog"];
        put?: never;
        /** Append bytes to a step's log, or lines as JSON */
        post: operations["appendLog"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/logs/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Follow a job: its log and its states as Server-Sent Events */
        get: operations["streamLog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/logs/index": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How many lines each step of a log has, its groups and its errors */
        get: operations["indexLog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/logs/lines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Some lines of a step's log */
        get: operations["readLogLines"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/logs/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Which lines of a log have a text or match a regular expression */
        get: operations["searchLog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agents/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Register an agent, or bring a known one back */
        post: operations["registerAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List agents */
        get: operations["listAgents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agents/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show one agent */
        get: operations["showAgent"];
        put?: never;
        post?: never;
        /** Remove an agent; its lease is lost at once */
        delete: operations["removeAgent"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agents/{id}/drain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Offer an agent no more jobs, or again */
        post: operations["drainAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agents/{id}/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Wait for an offer of a job, or for news of the lease */
        get: operations["pollJobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agents/{id}/heartbeat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Renew the agent's leases */
        post: operations["heartbeat"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agents/{id}/leftovers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Tell which attempts, found on an engine that agents share, nobody works on any more */
        post: operations["findLeftovers"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List what waits: first what is offered to agents, in that order, then what waits for something else */
        get: operations["listQueue"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Follow what changes as Server-Sent Events */
        get: operations["followEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/repositories": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List repositories, by name */
        get: operations["listRepositories"];
        put?: never;
        /** Connect a repository: check its token, register its webhook */
        post: operations["addRepository"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/repositories/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show one repository */
        get: operations["showRepository"];
        put?: never;
        post?: never;
        /** Disconnect a repository; its runs stay */
        delete: operations["removeRepository"];
        options?: never;
        head?: never;
        /** Change a repository's settings */
        patch: operations["changeRepository"];
        trace?: never;
    };
    "/api/v1/repositories/{id}/sync": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Read a repository's name and default branch anew, and mend its webhook */
        post: operations["syncRepository"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/repositories/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What webhooks, polling and schedules brought, newest first */
        get: operations["listDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/repositories/{id}/deliveries/{delivery}/redeliver": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make runs of a delivery once more */
        post: operations["redeliver"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/repositories/{id}/schedules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Schedules of the default branch, with their next times */
        get: operations["listSchedules"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/repositories/{id}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Runs of a repository, newest first */
        get: operations["listRepositoryRuns"];
        put?: never;
        /** Run a pipeline file of a branch or tag now */
        post: operations["runNow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/repositories/{id}/run-form": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a pipeline file of a branch or tag asks whoever runs it: its inputs */
        get: operations["showRunForm"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/repositories/{id}/badge.svg": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How the newest run of a branch ended, as an image */
        get: operations["showBadge"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{forge}/{repository_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What a forge sends: signed with the webhook's secret, and asked for no token */
        post: operations["receiveWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is told when runs end, of any repository */
        get: operations["listNotifications"];
        put?: never;
        /** Tell somebody when runs end, of any repository; a webhook's secret is shown once */
        post: operations["addNotification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notifications/{notification}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Tell them no more; what waits is not sent */
        delete: operations["removeNotification"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notifications/{notification}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a message now that is a test, and say what came */
        post: operations["testNotification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/repositories/{id}/notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is told when runs of a repository end */
        get: operations["listRepositoryNotifications"];
        put?: never;
        /** Tell somebody when runs of a repository end; a webhook's secret is shown once */
        post: operations["addRepositoryNotification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/repositories/{id}/notifications/{notification}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Tell them of a repository no more; what waits is not sent */
        delete: operations["removeRepositoryNotification"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/repositories/{id}/notifications/{notification}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a message of a repository now that is a test, and say what came */
        post: operations["testRepositoryNotification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/git/info/refs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** For git: what a running job's repository has, with the job's own token */
        get: operations["listPack"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/git/git-upload-pack": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** For git: read from a running job's repository, with the job's own token */
        post: operations["uploadPack"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/secrets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Secrets of the server: names and limits, no values */
        get: operations["listSecrets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/secrets/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Store a secret of the server, or another value of it */
        put: operations["putSecret"];
        post?: never;
        /** Remove a secret of the server */
        delete: operations["removeSecret"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/secret-keys/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Seal all secrets with the current key */
        post: operations["rotateSecrets"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/repositories/{id}/secrets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Secrets of a repository: names and limits, no values */
        get: operations["listRepositorySecrets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/repositories/{id}/secrets/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Store a secret of a repository, or another value of it */
        put: operations["putRepositorySecret"];
        post?: never;
        /** Remove a secret of a repository */
        delete: operations["removeRepositorySecret"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/registries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Registries that the server has a login for: users and times, no passwords */
        get: operations["listRegistries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/registries/{host}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Store the server's login for a registry, or another one */
        put: operations["putRegistry"];
        post?: never;
        /** Remove the server's login for a registry */
        delete: operations["removeRegistry"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/repositories/{id}/registries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Registries that a repository has a login for: users and times, no passwords */
        get: operations["listRepositoryRegistries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/repositories/{id}/registries/{host}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Store a repository's login for a registry, or another one */
        put: operations["putRepositoryRegistry"];
        post?: never;
        /** Remove a repository's login for a registry */
        delete: operations["removeRepositoryRegistry"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/storage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What takes the space, and what retention would free */
        get: operations["showStorage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/analysis": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Why a run failed and since when, what took longer than usual, and its critical path */
        get: operations["analyseRun"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is signed in, and what that one may do */
        get: operations["showSession"];
        put?: never;
        /** Sign a browser in, with a token or the one-time code of a link: the answer sets its cookie */
        post: operations["signIn"];
        /** End the session of the cookie */
        delete: operations["signOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a link that signs a browser in once, within ten minutes */
        post: operations["makeSignInCode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Is the process alive */
        get: operations["healthz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Can it serve */
        get: operations["readyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Metrics in Prometheus' text format */
        get: operations["metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["openapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description RFC 9457, with the facts of its code as further members. */
        Problem: {
            type: string;
            title: string;
            status: number;
            /** @enum {string} */
            code: "malformed_request" | "malformed_query" | "malformed_encoding" | "malformed_json" | "malformed_yaml" | "unauthenticated" | "wrong_token_kind" | "not_you" | "foreign_origin" | "not_found" | "method_not_allowed" | "request_timeout" | "too_large" | "target_too_long" | "unsupported_media" | "unsupported_encoding" | "unknown_expectation" | "invalid" | "header_too_large" | "internal" | "bodies_full" | "database_unavailable" | "too_many_sign_ins" | "too_many_codes" | "idempotency_mismatch" | "idempotency_race" | "queue_full" | "nothing_to_rerun" | "run_is_cancelled" | "run_is_open" | "too_many_rounds" | "too_many_runs" | "already_terminal" | "plan_changed" | "no_approval_needed" | "run_awaits_approval" | "ambiguous_repository" | "repository_exists" | "other_repository" | "nothing_to_redeliver" | "too_many_deliveries" | "wrong_signature" | "read_only" | "git_remote" | "git_fetch" | "git_read" | "git_file" | "no_commit" | "program_missing" | "program_timeout" | "program_stopped" | "forge_token" | "forge_scope" | "forge_repository" | "forge_refused" | "forge_moved" | "forge_limit" | "forge_away" | "bad_url" | "bad_token" | "bad_proxy" | "bad_ca_file" | "secret_limit" | "secret_changed" | "notification_limit" | "registry_limit" | "not_lease_holder" | "stale_attempt" | "bad_transition" | "not_queued" | "agent_busy" | "agent_draining" | "claim_used" | "superseded" | "too_many_agents" | "too_many_registrations" | "no_such_attempt" | "no_such_step" | "log_conflict" | "log_chunk" | "log_limit" | "log_gap" | "seq_gap" | "log_offset" | "range_not_satisfiable" | "crc" | "log_missing" | "log_store" | "too_many_streams" | "too_many_searches";
            detail: string;
            request_id: string;
            errors?: {
                field: string;
                message: string;
                line?: number;
                column?: number;
            }[];
        };
        Verdict: {
            valid: boolean;
            errors: components["schemas"]["Finding"][];
            warnings: components["schemas"]["Finding"][];
        };
        Finding: {
            file?: string;
            path: string;
            /** Format: int32 */
            line: number;
            /** Format: int32 */
            column: number;
            message: string;
            hint: string;
        };
        Plan: {
            name: string;
            digest: string;
            event: components["schemas"]["PlannedEvent"];
            inputs: Record<string, never>;
            skipped?: components["schemas"]["Reason"];
            concurrency?: components["schemas"]["Concurrency"];
            jobs: components["schemas"]["PlannedJob"][];
            templates: components["schemas"]["UsedTemplate"][];
            not_available: components["schemas"]["NotAvailable"][];
            warnings: components["schemas"]["Finding"][];
        };
        PlannedEvent: {
            name: string;
            action?: string;
            branch?: string;
            tag?: string;
            changed?: string[];
        };
        Reason: {
            code: string;
            facts: Record<string, never>;
        };
        Concurrency: {
            group: string;
            /** Format: int32 */
            limit: number;
            on_conflict: string;
        };
        PlannedJob: {
            key: string;
            job: string;
            name: string;
            matrix?: components["schemas"]["Leg"];
            needs: components["schemas"]["PlannedNeed"][];
            condition: string;
            skipped?: components["schemas"]["Reason"];
            spec?: components["schemas"]["JobSpec"];
            late: components["schemas"]["Late"][];
            checkout?: components["schemas"]["PlannedCheckout"];
            allow_failure?: components["schemas"]["AllowFailure"];
            outputs: string[];
            user?: string;
            secrets: {
                [key: string]: string;
            };
            cache: components["schemas"]["Cache"][];
            artifacts: components["schemas"]["Artifact"][];
            reports?: components["schemas"]["Reports"];
            environment?: components["schemas"]["Environment"];
            approval?: components["schemas"]["Approval"];
            id_token: {
                [key: string]: string;
            };
            uses?: string;
            with: Record<string, never>;
            steps: components["schemas"]["PlannedStep"][];
        };
        Leg: {
            values: Record<string, never>;
            /** Format: int64 */
            max_parallel?: number;
            fail_fast: boolean;
        };
        PlannedNeed: {
            job: string;
            optional: boolean;
            results: string[];
        };
        JobSpec: {
            name: string;
            executor: string;
            image: string;
            pull?: string;
            shell?: string;
            env: {
                [key: string]: string;
            };
            runs_on: string[];
            /** Format: int64 */
            timeout_ms: number;
            retry: components["schemas"]["Retry"];
            services: components["schemas"]["Service"][];
            /** Format: int32 */
            priority: number;
            concurrency?: components["schemas"]["Concurrency"];
            network: string;
            resources: components["schemas"]["Resources"];
            checkout?: components["schemas"]["Checkout"];
            steps: components["schemas"]["Step"][];
            outputs?: string[];
            contexts?: Record<string, never>;
            secrets?: {
                [key: string]: string;
            };
        };
        Retry: {
            /** Format: int32 */
            max: number;
            on: string[];
            exit_codes: number[];
            /** Format: int64 */
            delay_ms: number;
        };
        Service: {
            name: string;
            image: string;
            env: {
                [key: string]: string;
            };
            command: string[];
            ports: number[];
            ready?: components["schemas"]["Ready"];
            pull?: string;
        };
        Ready: {
            /** Format: int32 */
            tcp?: number;
            http?: string;
            cmd: string[];
            log?: string;
            /** Format: int64 */
            timeout_ms: number;
        };
        Resources: {
            /** Format: int64 */
            memory_bytes?: number;
            cpu?: number;
        };
        Checkout: {
            url: string;
            ref: string;
            /** Format: int32 */
            depth: number;
            submodules?: boolean;
            lfs?: boolean;
            path?: string;
        };
        Step: {
            name: string;
            run: string[];
            shell?: string;
            image: string;
            env: {
                [key: string]: string;
            };
            workdir: string;
            /** Format: int64 */
            timeout_ms?: number;
            allow_failure: boolean;
            pull?: string;
            id?: string;
            condition?: string;
            skipped?: Record<string, never>;
            late?: components["schemas"]["LateValue"][];
            allowed_exit_codes?: number[];
            uses?: string;
            with?: {
                [key: string]: string;
            };
            user?: string;
            entrypoint?: string[];
            background?: boolean;
            privileged?: boolean;
            secrets?: {
                [key: string]: string;
            };
        };
        LateValue: {
            path: string;
            text: string;
        };
        Late: {
            path: string;
            text: string;
            known: string;
        };
        PlannedCheckout: {
            /** Format: int32 */
            depth: number;
            submodules: boolean;
            lfs: boolean;
            path: string;
        };
        AllowFailure: {
            all: boolean;
            exit_codes: number[];
        };
        Cache: {
            key: string;
            fallback: string[];
            paths: string[];
            policy: string;
        };
        Artifact: {
            name: string;
            paths: string[];
            exclude: string[];
            when: string;
            /** Format: int64 */
            expires_ms: number;
        };
        Reports: {
            junit: string[];
            coverage: string[];
        };
        Environment: {
            name: string;
            url: string;
        };
        Approval: {
            by: string[];
            /** Format: int32 */
            count: number;
            /** Format: int64 */
            expires_ms: number;
            message: string;
        };
        PlannedStep: {
            /** Format: int32 */
            step: number;
            id?: string;
            condition?: string;
            skipped?: components["schemas"]["Reason"];
            uses?: string;
            with: {
                [key: string]: string;
            };
            secrets: {
                [key: string]: string;
            };
            user?: string;
            entrypoint: string[];
            background: boolean;
            privileged: boolean;
            allowed_exit_codes: number[];
        };
        UsedTemplate: {
            path: string;
            digest: string;
        };
        NotAvailable: {
            file?: string;
            path: string;
            /** Format: int32 */
            line: number;
            /** Format: int32 */
            column: number;
            key: string;
        };
        RunDocument: {
            pipeline: string;
            file?: string | null;
            event?: ("push" | "pull_request" | "tag" | "schedule" | "manual" | "api") | null;
            branch?: string | null;
            tag?: string | null;
            changed?: string[] | null;
            inputs?: Record<string, never> | null;
            name?: string | null;
            checkout?: components["schemas"]["CheckoutFrom"] | null;
            files?: {
                [key: string]: string;
            } | null;
            jobs?: string[] | null;
            executor?: ("docker" | "sandbox" | "shell") | null;
            keep_going?: boolean | null;
        };
        CheckoutFrom: {
            url: string;
            ref?: string | null;
        };
        CreatedRunView: {
            id: string;
            /** Format: int64 */
            number: number;
            state: string;
        };
        RunListView: {
            runs: components["schemas"]["RunView"][];
            next_cursor: unknown;
        };
        RunView: {
            id: string;
            /** Format: int64 */
            version: number;
            /** Format: int64 */
            number: number;
            pipeline: string;
            name: string;
            event: string;
            branch?: string;
            tag?: string;
            repository_id?: string;
            repository?: string;
            ref?: string;
            sha?: string;
            title?: string;
            author?: string;
            /** Format: int64 */
            change?: number;
            trust: string;
            approved_by?: string;
            approved_by_name?: string;
            triggered_by: string;
            triggered_by_name: string;
            state: string;
            reason: unknown;
            warnings: boolean;
            /** Format: int32 */
            round: number;
            modified: boolean;
            created_at: string;
            started_at?: string;
            finished_at?: string;
            jobs?: components["schemas"]["RunJobView"][];
            rounds?: components["schemas"]["RoundView"][];
        };
        RunJobView: {
            id: string;
            /** Format: int64 */
            version: number;
            key: string;
            name: string;
            needs: string[];
            /** Format: int32 */
            round: number;
            state: string;
            reason: unknown;
            estimate?: components["schemas"]["EstimateView"];
            warning: boolean;
            /** Format: int32 */
            attempts: number;
            /** Format: int32 */
            exit_code?: number;
            created_at: string;
            queued_at?: string;
            started_at?: string;
            finished_at?: string;
        };
        EstimateView: {
            starts_at?: string;
            ends_at?: string;
        };
        RoundView: {
            /** Format: int32 */
            round: number;
            edited: boolean;
            triggered_by: string;
            state: string;
            created_at: string;
            finished_at?: string;
        };
        CancelledRunView: {
            state: string;
        };
        ApproveRequest: {
            plan_digest?: string | null;
        };
        RerunRequest: {
            jobs: ("all" | "failed") | string[];
            /** @description the text of a file to use instead */
            pipeline?: string;
            /** @description those that differ: texts, numbers and booleans */
            inputs?: {
                [key: string]: string | number | boolean;
            };
        };
        RerunView: {
            /** Format: int32 */
            round: number;
            state: string;
            /** Format: int32 */
            jobs: number;
        };
        /**
         * @description One job of the pipeline language; see docs/guides/jobs.md.
         * @example {
         *       "name": "hello",
         *       "executor": "shell",
         *       "steps": [
         *         {
         *           "run": "echo hello"
         *         }
         *       ]
         *     }
         */
        Job: {
            name?: string;
            image?: string;
            /** @enum {string} */
            pull?: "auto" | "missing" | "always";
            /** @enum {string} */
            shell?: "sh" | "bash";
            /** @enum {string} */
            executor?: "docker" | "sandbox" | "shell" | "dummy";
            env?: {
                [key: string]: string | number | boolean;
            };
            secrets?: (string | string[]) | {
                [key: string]: string;
            };
            steps: {
                name?: string;
                id?: string;
                if?: string | boolean;
                run: string | string[];
                /** @enum {string} */
                shell?: "sh" | "bash";
                image?: string;
                /** @enum {string} */
                pull?: "auto" | "missing" | "always";
                env?: {
                    [key: string]: string | number | boolean;
                };
                secrets?: (string | string[]) | {
                    [key: string]: string;
                };
                timeout?: string;
                allow_failure?: boolean;
                workdir?: string;
            } | {
                name?: string;
                id?: string;
                if?: string | boolean;
                run: string | string[];
                /** @enum {string} */
                shell?: "sh" | "bash";
                image?: string;
                /** @enum {string} */
                pull?: "auto" | "missing" | "always";
                env?: {
                    [key: string]: string | number | boolean;
                };
                secrets?: (string | string[]) | {
                    [key: string]: string;
                };
                timeout?: string;
                allow_failure?: boolean;
                workdir?: string;
            }[];
            runs_on?: string | string[];
            timeout?: string;
            retry?: number | {
                max?: number;
                on?: ("agent_lost" | "image_pull" | "timeout" | "exit") | ("agent_lost" | "image_pull" | "timeout" | "exit")[];
                exit_codes?: number | number[];
                delay?: string;
            };
            services?: {
                [key: string]: {
                    image: string;
                    /** @enum {string} */
                    pull?: "auto" | "missing" | "always";
                    env?: {
                        [key: string]: string | number | boolean;
                    };
                    command?: string | string[];
                    ports?: number | number[];
                    ready?: {
                        tcp?: number;
                        http?: string;
                        cmd?: string | string[];
                        log?: string;
                        timeout?: string;
                    } & (unknown | unknown | unknown | unknown);
                };
            };
            priority?: number;
            concurrency?: string | {
                group: string;
                limit?: number;
                /** @enum {string} */
                on_conflict?: "queue" | "replace_pending" | "cancel_running";
            };
            /** @enum {string} */
            network?: "default" | "none";
            resources?: {
                memory?: number | string;
                cpu?: number;
            };
            checkout?: false | {
                url: string;
                ref?: string;
                depth?: number;
            };
        } & ((({
            /** @enum {unknown} */
            executor: "docker";
        } & (unknown | {
            steps?: unknown[] | unknown;
        })) | ({
            /** @enum {unknown} */
            executor: "sandbox" | "shell";
        } & (unknown & unknown & unknown & {
            steps?: unknown[] | unknown;
        } & {
            steps?: unknown[] | unknown;
        })) | {
            /** @enum {unknown} */
            executor: "dummy";
        } | (unknown & ((unknown | {
            steps?: unknown[] | unknown;
        }) | (unknown & unknown & unknown & {
            steps?: unknown[] | unknown;
        } & {
            steps?: unknown[] | unknown;
        })))) & unknown);
        SubmitView: {
            id: string;
            state: string;
        };
        JobListView: {
            jobs: components["schemas"]["JobView"][];
            next_cursor: unknown;
        };
        JobView: {
            id: string;
            /** Format: int64 */
            version: number;
            name: string;
            state: string;
            reason: unknown;
            estimate?: components["schemas"]["EstimateView"];
            executor: string;
            runs_on: string[];
            /** Format: int32 */
            priority: number;
            run_id?: string;
            key?: string;
            /** Format: int32 */
            attempt: number;
            attempts?: components["schemas"]["AttemptView"][];
            setup?: components["schemas"]["StepView"];
            steps?: components["schemas"]["StepView"][];
            /** Format: int32 */
            exit_code?: number;
            log_flags?: string[];
            created_at: string;
            queued_at?: string;
            started_at?: string;
            finished_at?: string;
            logs?: string;
            logs_cut?: boolean;
            spec?: unknown;
            annotations?: components["schemas"]["Annotation"][];
            /** Format: int64 */
            summary_bytes?: number;
            summary?: string;
        };
        AttemptView: {
            /** Format: int32 */
            attempt: number;
            agent_id: string;
            agent: string;
            state: string;
            cause?: string;
            message?: string;
            /** Format: int32 */
            exit_code?: number;
            log_flags: string[];
            images: components["schemas"]["ImageReport"][];
            claimed_at: string;
            started_at?: string;
            ended_at?: string;
        };
        ImageReport: {
            image: string;
            digest: string;
            /** @enum {string} */
            how: "pulled" | "checked" | "unchecked" | "present";
        };
        StepView: {
            /** Format: int32 */
            step: number;
            name: string;
            state: string;
            /** Format: int32 */
            exit_code?: number;
            /** Format: int64 */
            duration_ms?: number;
            /** Format: int64 */
            log_bytes: number;
            reason?: components["schemas"]["StepReason"];
            allowed_failure?: boolean;
            background?: boolean;
        };
        StepReason: {
            code: string;
            facts: Record<string, never>;
        };
        Annotation: {
            /** @enum {string} */
            level: "error" | "warning" | "notice";
            message: string;
            file?: string;
            /** Format: int64 */
            line?: number;
            /** Format: int64 */
            column?: number;
            title?: string;
            /** Format: int32 */
            step: number;
        };
        StatusRequest: {
            /** @enum {string} */
            status: "blocked" | "queued" | "assigned" | "running" | "cancelling" | "succeeded" | "failed" | "cancelled" | "timed_out" | "lost" | "skipped";
            claim_id?: string | null;
            boot_id?: string | null;
            boot_seq?: number | null;
            attempt?: number | null;
            start?: boolean | null;
            step?: number | null;
            step_state?: ("running" | "succeeded" | "failed" | "cancelled" | "timed_out" | "skipped") | null;
            exit_code?: number | null;
            duration_ms?: number | null;
            reason?: string | null;
            cause?: ("exit" | "timeout" | "image_pull" | "agent") | null;
            message?: string | null;
            steps?: components["schemas"]["StepEndReport"][] | null;
            setup?: components["schemas"]["StepEndReport"] | null;
            logs?: {
                [key: string]: components["schemas"]["LogSum"];
            } | null;
            log_incomplete?: boolean | null;
            log_truncated?: boolean | null;
            images?: components["schemas"]["ImageReportInput"][] | null;
            outputs?: {
                [key: string]: string;
            } | null;
            summary?: string | null;
            annotations?: components["schemas"]["AnnotationInput"][] | null;
            next?: components["schemas"]["NextClaim"] | null;
            ext?: unknown;
        } & (unknown & unknown & unknown);
        StepEndReport: {
            /** @enum {string} */
            state: "succeeded" | "failed" | "cancelled" | "timed_out" | "skipped";
            exit_code?: number | null;
            duration_ms?: number | null;
            reason?: components["schemas"]["StepReasonInput"] | null;
            allowed_failure?: boolean | null;
        };
        StepReasonInput: {
            code: string;
            facts: Record<string, never>;
        };
        LogSum: {
            /** Format: int64 */
            size: number;
            crc32c: string;
        };
        ImageReportInput: {
            image: string;
            digest: string;
            /** @enum {string} */
            how: "pulled" | "checked" | "unchecked" | "present";
        };
        AnnotationInput: {
            /** @enum {string} */
            level: "error" | "warning" | "notice";
            message: string;
            file?: string | null;
            line?: number | null;
            column?: number | null;
            title?: string | null;
            /** Format: int32 */
            step: number;
        };
        NextClaim: {
            /** Format: uuid */
            claim_id: string;
            /** Format: uuid */
            boot_id: string;
            boot_seq?: number | null;
        };
        StatusReply: {
            state: string;
            cancel: boolean;
        };
        ClaimAnswer: {
            /** Format: int32 */
            attempt: number;
            lease_token: string;
            job_token: string;
            spec: unknown;
            secrets: {
                [key: string]: string;
            };
            /** Format: int64 */
            timeout_s: number;
            fence_s?: number;
            log_offsets: {
                [key: string]: number;
            };
            started: boolean;
            filled?: unknown;
            output_names?: unknown;
            run?: components["schemas"]["RunOfJob"];
            secrets_error?: string;
            checkout_via?: components["schemas"]["CheckoutVia"];
            registry_logins?: components["schemas"]["RegistryLogin"][];
        };
        RunOfJob: {
            id: string;
            /** Format: int64 */
            number: number;
            /** Format: int64 */
            round: number;
        };
        CheckoutVia: {
            path: string;
            token: string;
        };
        RegistryLogin: {
            registry: string;
            username: string;
            password: string;
        };
        FinishView: {
            state: string;
            cancel: boolean;
            next?: components["schemas"]["NextJobView"];
        };
        NextJobView: {
            job_id: string;
            claim: components["schemas"]["ClaimAnswer"];
        };
        LogsIncompleteReply: {
            code: string;
            next: {
                [key: string]: number;
            };
        };
        LinesRequest: {
            /** Format: int32 */
            step: number;
            /** Format: int64 */
            seq: number;
            lines: string[];
        };
        AppendReply: {
            /** Format: int64 */
            next: number;
        };
        LogIndexView: {
            /** Format: int32 */
            attempt: number;
            complete: boolean;
            started_at?: string;
            ended_at?: string;
            event_id: string;
            steps: components["schemas"]["LogStepView"][];
            first_error?: components["schemas"]["LogPlaceView"];
        };
        LogStepView: {
            /** Format: int32 */
            step: number;
            name: string;
            state: string;
            /** Format: int64 */
            bytes: number;
            /** Format: int64 */
            lines: number;
            started_at?: string;
            /** Format: int64 */
            duration_ms?: number;
            /** Format: int32 */
            exit_code?: number;
            allowed_failure?: boolean;
            background?: boolean;
            groups: components["schemas"]["LogGroupView"][];
            errors: number[];
            /** Format: int64 */
            errors_total: number;
        };
        LogGroupView: {
            /** Format: int64 */
            first: number;
            /** Format: int64 */
            last?: number;
            title: string;
        };
        LogPlaceView: {
            /** Format: int32 */
            step: number;
            /** Format: int64 */
            line: number;
        };
        LogLinesView: {
            /** Format: int32 */
            step: number;
            /** Format: int64 */
            from: number;
            lines: string[];
            times: (number | null)[];
            cut: number[];
            /** Format: int64 */
            total: number;
            complete: boolean;
        };
        LogSearchView: {
            /** Format: int64 */
            total: number;
            more: boolean;
            matches: components["schemas"]["LogPlaceView"][];
            next_cursor?: string;
        };
        RegisterRequest: {
            name: string;
            /** Format: uuid */
            boot_id: string;
            boot_seq?: number | null;
            labels?: {
                [key: string]: string;
            };
            version: string;
            os: string;
            arch: string;
            executors: string[];
            ext?: unknown;
        };
        RegisterReply: {
            agent_id: string;
            agent_token: string;
            heartbeat_s: number;
            lease_ttl_s: number;
            poll_wait_s: number;
            /** Format: int64 */
            max_chunk: number;
            server_id?: string;
            finish_next?: boolean;
        };
        AgentListView: {
            agents: components["schemas"]["AgentView"][];
            next_cursor: unknown;
        };
        AgentView: {
            id: string;
            /** Format: int64 */
            revision: number;
            name: string;
            state: string;
            labels: {
                [key: string]: string;
            };
            executors: string[];
            withdrawn: {
                [key: string]: string;
            };
            version: string;
            os: string;
            arch: string;
            current_job: unknown;
            registered_at: string;
            last_seen_at: string;
        };
        DrainRequest: {
            drain: boolean;
        };
        PollReply: {
            offers: components["schemas"]["Offer"][];
            leases: components["schemas"]["LeaseState"][];
            /** Format: int64 */
            rev: number;
            drain: boolean;
        };
        Offer: {
            job_id: string;
            /** Format: int32 */
            attempt: number;
            name: string;
            executor: string;
            runs_on: string[];
            start: boolean;
        };
        LeaseState: {
            job_id: string;
            /** Format: int32 */
            attempt: number;
            state: string;
        };
        HeartbeatRequest: {
            /** Format: uuid */
            boot_id: string;
            /** Format: int64 */
            seq: number;
            boot_seq?: number | null;
            leases: components["schemas"]["HeldLease"][];
            load?: number | null;
            withdrawn?: {
                [key: string]: string;
            } | null;
            ext?: unknown;
        };
        HeldLease: {
            /** Format: uuid */
            job_id: string;
            /** Format: int32 */
            attempt: number;
        };
        HeartbeatReply: {
            leases: {
                [key: string]: string;
            };
            drain: boolean;
        };
        LeftoversRequest: {
            attempts: components["schemas"]["LeftAttempt"][];
        };
        LeftAttempt: {
            agent_id: string;
            boot_id: string;
            job_id: string;
            /** Format: int32 */
            attempt: number;
        };
        LeftoversReply: {
            gone: components["schemas"]["HeldLeaseOutput"][];
        };
        HeldLeaseOutput: {
            /** Format: uuid */
            job_id: string;
            /** Format: int32 */
            attempt: number;
        };
        QueueView: {
            jobs: components["schemas"]["QueuedJobView"][];
            next_cursor: unknown;
        };
        QueuedJobView: {
            id: string;
            name: string;
            state: string;
            reason: unknown;
            /** Format: int64 */
            position?: number;
            estimate?: components["schemas"]["EstimateView"];
            executor: string;
            runs_on: string[];
            /** Format: int32 */
            priority: number;
            run_id?: string;
            key?: string;
            created_at: string;
            queued_at?: string;
        };
        NewRepositoryRequest: {
            url: string;
            forge?: string | null;
            forge_url?: string | null;
            name?: string | null;
            token?: string | null;
            webhook?: boolean | null;
            trust?: ("first_time" | "everybody" | "nobody") | null;
            pipeline_paths?: string[] | null;
            protected_refs?: string[] | null;
            poll_s?: number | null;
        };
        RepositoryView: {
            id: string;
            /** Format: int64 */
            version: number;
            full_name: string;
            forge: string;
            forge_url: string;
            clone_url: string;
            default_branch: string;
            is_public: boolean;
            has_token: boolean;
            active: boolean;
            pipeline_paths: string[];
            protected_refs: string[];
            templates_for: string[];
            trust: string;
            webhook: components["schemas"]["WebhookView"];
            /** Format: int64 */
            poll_s: number;
            polled_at?: string;
            poll_error?: string;
            created_at: string;
            warnings?: string[];
        };
        WebhookView: {
            url: string;
            state: string;
            error?: string;
            secret?: string;
        };
        RepositoryListView: {
            repositories: components["schemas"]["RepositoryView"][];
            next_cursor: unknown;
        };
        RepositoryChangeRequest: {
            token?: string | null;
            trust?: ("first_time" | "everybody" | "nobody") | null;
            default_branch?: string | null;
            pipeline_paths?: string[] | null;
            protected_refs?: string[] | null;
            templates_for?: string[] | null;
            poll_s?: number | null;
            active?: boolean | null;
        };
        RemovedRepositoryView: {
            warnings: string[];
        };
        DeliveryListView: {
            deliveries: components["schemas"]["DeliveryView"][];
            next_cursor: unknown;
        };
        DeliveryView: {
            id: string;
            source: string;
            forge_delivery?: string;
            event: string;
            ref: string;
            event_key: string;
            state: string;
            /** Format: int64 */
            tries: number;
            verdict?: string;
            retry_at?: string;
            runs: components["schemas"]["DeliveryRunView"][];
            created_at: string;
            finished_at?: string;
        };
        DeliveryRunView: {
            id: string;
            /** Format: int64 */
            number: number;
        };
        ReceivedView: {
            delivery: string;
        };
        ScheduleListView: {
            schedules: components["schemas"]["ScheduleView"][];
            next_cursor: unknown;
        };
        ScheduleView: {
            pipeline: string;
            cron: string;
            timezone: string;
            branch: string;
            next_at?: string;
            last_at?: string;
        };
        RunFormView: {
            ref: string;
            sha: string;
            pipelines: string[];
            pipeline?: string;
            inputs: components["schemas"]["InputView"][];
        };
        InputView: {
            name: string;
            type: string;
            options: string[];
            default_value?: unknown;
            required: boolean;
            pattern?: string;
            description?: string;
        };
        RunNowRequest: {
            pipeline?: string | null;
            ref?: string | null;
            inputs?: Record<string, never> | null;
        };
        NotificationListView: {
            notifications: components["schemas"]["NotificationView"][];
            next_cursor: unknown;
        };
        NotificationView: {
            id: string;
            /** Format: int64 */
            version: number;
            kind: string;
            url?: string;
            addresses: string[];
            branches: string[];
            events: string[];
            on: string;
            /** Format: int64 */
            waiting: number;
            last_error?: string;
            last_sent_at?: string;
            created_by: string;
            created_at: string;
            secret?: string;
        };
        NotificationRequest: {
            /** @enum {string} */
            kind: "webhook" | "email";
            url?: string | null;
            addresses?: string[] | null;
            branches?: string[] | null;
            events?: ("api" | "manual" | "pull_request" | "push" | "schedule" | "tag")[] | null;
            on?: ("always" | "failure" | "change") | null;
        };
        NotificationTestView: {
            taken: boolean;
            answer: string;
        };
        SecretListView: {
            secrets: components["schemas"]["SecretView"][];
            next_cursor: unknown;
        };
        SecretView: {
            name: string;
            /** Format: int64 */
            version: number;
            events: string[];
            branches: string[];
            images: string[];
            only_protected: boolean;
            created_by: string;
            created_at: string;
            updated_at: string;
            last_used_at?: string;
        };
        SecretRequest: {
            value: string;
            events?: ("api" | "manual" | "pull_request" | "push" | "schedule" | "tag")[] | null;
            branches?: string[] | null;
            images?: string[] | null;
            only_protected?: boolean | null;
        };
        RotatedView: {
            /** Format: int64 */
            sealed: number;
            unreadable: string[];
        };
        RegistryListView: {
            registries: components["schemas"]["RegistryView"][];
            next_cursor: unknown;
        };
        RegistryView: {
            host: string;
            username?: string;
            /** Format: int64 */
            version: number;
            created_by: string;
            created_at: string;
            updated_at: string;
        };
        RegistryRequest: {
            username: string;
            password: string;
        };
        StorageView: {
            engine: string;
            /** Format: int64 */
            database_bytes: number;
            /** Format: int64 */
            database_unused_bytes: number;
            runs: components["schemas"]["StoredView"];
            jobs: components["schemas"]["StoredView"];
            small_logs: components["schemas"]["StoredView"];
            log_files: components["schemas"]["StoredView"];
            unknown_log_files: components["schemas"]["StoredView"];
            /** Format: int64 */
            idempotency_keys: number;
            log_files_by_age: components["schemas"]["AgeView"][];
            largest_logs: components["schemas"]["LargeLogView"][];
            files: components["schemas"]["FileView"][];
            /** Format: int64 */
            retention_age_ms: number;
            /** Format: int64 */
            retention_jobs: number;
        };
        StoredView: {
            /** Format: int64 */
            count: number;
            /** Format: int64 */
            bytes: number;
            /** Format: int64 */
            due_count: number;
            /** Format: int64 */
            due_bytes: number;
        };
        AgeView: {
            younger_than: string;
            /** Format: int64 */
            jobs: number;
            /** Format: int64 */
            bytes: number;
        };
        LargeLogView: {
            job: string;
            name: string;
            /** Format: int64 */
            bytes: number;
        };
        FileView: {
            name: string;
            /** Format: int64 */
            bytes: number;
            complete: boolean;
        };
        AnalysisView: {
            failures: components["schemas"]["FailureView"][];
            /** Format: int64 */
            failures_total: number;
            /** Format: int64 */
            usual_ms?: number;
            slower?: components["schemas"]["SlowerView"];
            critical_path: components["schemas"]["PathJobView"][];
        };
        FailureView: {
            job_id: string;
            key: string;
            name: string;
            state: string;
            /** Format: int32 */
            step?: number;
            step_name?: string;
            /** Format: int32 */
            exit_code?: number;
            error_line?: components["schemas"]["ErrorLineView"];
            excerpt: string[];
            verdict: components["schemas"]["VerdictView"];
            allowed: boolean;
        };
        ErrorLineView: {
            /** Format: int32 */
            step: number;
            /** Format: int64 */
            line: number;
            text: string;
        };
        VerdictView: {
            kind: string;
            since_run?: components["schemas"]["RunMarkView"];
            first_failed?: components["schemas"]["RunMarkView"];
            on_default_branch_since?: components["schemas"]["RunMarkView"];
            passed_on_default_branch?: components["schemas"]["RunMarkView"];
            passed_in?: components["schemas"]["RunMarkView"];
        };
        RunMarkView: {
            id: string;
            /** Format: int64 */
            number: number;
            sha?: string;
        };
        SlowerView: {
            /** Format: int64 */
            usual_ms: number;
            /** Format: int64 */
            actual_ms: number;
            because: components["schemas"]["CauseView"][];
        };
        CauseView: {
            key: string;
            kind: string;
            /** Format: int64 */
            usual_ms?: number;
            /** Format: int64 */
            actual_ms: number;
        };
        PathJobView: {
            job_id: string;
            key: string;
            /** Format: int64 */
            waited_ms: number;
            /** Format: int64 */
            ran_ms: number;
        };
        SignInRequest: {
            token?: string | null;
            code?: string | null;
        };
        SessionView: {
            id: string;
            name: string;
            kind: string;
            permissions: string[];
            expires_at?: string;
        };
        SignInCodeView: {
            code: string;
            path: string;
            url?: string;
            expires_at: string;
        };
        HealthView: {
            status: string;
        };
        ReadyView: {
            status: string;
            database: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    lintPipeline: {
        parameters: {
            query?: {
                /** @description its path in the repository [.open-cicd.yml] */
                file?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/yaml": unknown;
            };
        };
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Verdict"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields; `malformed_encoding`: the body is not what its Content-Encoding says; `malformed_json`: the body is not JSON, or a key stands twice */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query" | "malformed_encoding" | "malformed_json";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding; `unsupported_media`: another Content-Type is wanted */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding" | "unsupported_media";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again; `bodies_full`: too many large bodies are on their way: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable" | "bodies_full";
                    };
                };
            };
        };
    };
    planPipeline: {
        parameters: {
            query?: {
                /** @description without it, someone asks for a run and no filter applies */
                event?: "push" | "pull_request" | "tag" | "schedule" | "manual" | "api";
                /** @description of a pull request, the one that it wants to go into [main] */
                branch?: string;
                tag?: string;
                /** @description a file that changed; may stand again. Without it, no path is filtered */
                changed?: string[];
                /** @description its path in the repository [.open-cicd.yml] */
                file?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/yaml": unknown;
            };
        };
        responses: {
            /** @description the plan */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields; `malformed_encoding`: the body is not what its Content-Encoding says; `malformed_json`: the body is not JSON, or a key stands twice */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query" | "malformed_encoding" | "malformed_json";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding; `unsupported_media`: another Content-Type is wanted */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding" | "unsupported_media";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again; `bodies_full`: too many large bodies are on their way: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable" | "bodies_full";
                    };
                };
            };
        };
    };
    pipelineSchema: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the schema */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/schema+json": Record<string, never>;
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
        };
    };
    listRuns: {
        parameters: {
            query?: {
                state?: "pending" | "queued" | "running" | "succeeded" | "failed" | "cancelled" | "skipped";
                event?: "push" | "pull_request" | "tag" | "schedule" | "manual" | "api";
                branch?: string;
                /** @description the path of a pipeline file */
                pipeline?: string;
                /** @description of the commit, as it says */
                author?: string;
                /** @description its id or full name */
                repository?: string;
                limit?: number;
                /** @description next_cursor of the page before */
                cursor?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunListView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `ambiguous_repository`: several forges have a repository of that name: give its id */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "ambiguous_repository";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    createRun: {
        parameters: {
            query?: {
                /** @description what the run is told to be for; then the file's filters apply. Without it: api, and none applies */
                event?: "push" | "pull_request" | "tag" | "schedule" | "manual" | "api";
                /** @description of a pull request, the one that it wants to go into [main] */
                branch?: string;
                tag?: string;
                /** @description a file that changed; may stand again. Without it, no path is filtered */
                changed?: string[];
                /** @description its path in the repository [.open-cicd.yml] */
                file?: string;
            };
            header?: {
                /** @description any text of your own: the same key with the same body and query makes no second run for 24 hours */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/yaml": unknown;
                "application/json": components["schemas"]["RunDocument"];
            };
        };
        responses: {
            /** @description made */
            201: {
                headers: {
                    /** @description its path */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedRunView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields; `malformed_encoding`: the body is not what its Content-Encoding says; `malformed_json`: the body is not JSON, or a key stands twice */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query" | "malformed_encoding" | "malformed_json";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding; `unsupported_media`: another Content-Type is wanted */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding" | "unsupported_media";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `idempotency_mismatch`: the Idempotency-Key was used with another body; `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "idempotency_mismatch" | "invalid";
                    };
                };
            };
            /** @description `queue_full`: no more jobs are taken now: see Retry-After; `too_many_runs`: too many runs have not ended: see Retry-After */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "queue_full" | "too_many_runs";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `idempotency_race`: the same Idempotency-Key is being used in this moment: send it again; `database_unavailable`: the database does not answer: send it again; `bodies_full`: too many large bodies are on their way: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "idempotency_race" | "database_unavailable" | "bodies_full";
                    };
                };
            };
        };
    };
    showRun: {
        parameters: {
            query?: {
                /** @description as it stood in that round [the newest] */
                round?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    cancelRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description taken */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CancelledRunView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `already_terminal`: the job, or the run, has already ended */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "already_terminal";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    approveRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ApproveRequest"];
            };
        };
        responses: {
            /** @description taken */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CancelledRunView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields; `malformed_encoding`: the body is not what its Content-Encoding says; `malformed_json`: the body is not JSON, or a key stands twice */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query" | "malformed_encoding" | "malformed_json";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `plan_changed`: the run's plan is another one than was approved: plan_digest says which; `no_approval_needed`: the run waits for no approval */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "plan_changed" | "no_approval_needed";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding; `unsupported_media`: another Content-Type is wanted */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding" | "unsupported_media";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again; `bodies_full`: too many large bodies are on their way: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable" | "bodies_full";
                    };
                };
            };
        };
    };
    rerunRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RerunRequest"];
            };
        };
        responses: {
            /** @description taken */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RerunView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields; `malformed_encoding`: the body is not what its Content-Encoding says; `malformed_json`: the body is not JSON, or a key stands twice */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query" | "malformed_encoding" | "malformed_json";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `run_is_open`: the run has not ended: cancel it, or wait until it has; `nothing_to_rerun`: no job of the run would be repeated; `run_is_cancelled`: the run is being cancelled: try again when it has ended; `run_awaits_approval`: the run waits for an approval: approve or cancel it; `too_many_rounds`: the run was repeated as often as a run may be */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "run_is_open" | "nothing_to_rerun" | "run_is_cancelled" | "run_awaits_approval" | "too_many_rounds";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding; `unsupported_media`: another Content-Type is wanted */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding" | "unsupported_media";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `queue_full`: no more jobs are taken now: see Retry-After; `too_many_runs`: too many runs have not ended: see Retry-After */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "queue_full" | "too_many_runs";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again; `bodies_full`: too many large bodies are on their way: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable" | "bodies_full";
                    };
                };
            };
        };
    };
    showRunPlan: {
        parameters: {
            query?: {
                /** @description as it stood in that round [the newest] */
                round?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the plan */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    showRunWorkflow: {
        parameters: {
            query?: {
                /** @description as it stood in that round [the newest] */
                round?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the text of the pipeline file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/yaml": string;
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    listJobs: {
        parameters: {
            query?: {
                state?: "blocked" | "queued" | "assigned" | "running" | "cancelling" | "succeeded" | "failed" | "cancelled" | "timed_out" | "lost" | "skipped";
                /** @description only jobs that ask for this label */
                runs_on?: string;
                /** @description only jobs that this agent took, by when it did: its id, or its name, which is that of the last one to register under it. attempts then has the newest attempt there */
                agent?: string;
                limit?: number;
                /** @description next_cursor of the page before */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobListView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    submitJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description any text of your own: the same key with the same body makes no second job for 24 hours */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Job"];
                "application/yaml": components["schemas"]["Job"];
            };
        };
        responses: {
            /** @description made */
            201: {
                headers: {
                    /** @description its path */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubmitView"];
                };
            };
            /** @description `malformed_yaml`: the body is not YAML; `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields; `malformed_encoding`: the body is not what its Content-Encoding says; `malformed_json`: the body is not JSON, or a key stands twice */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_yaml" | "malformed_request" | "malformed_query" | "malformed_encoding" | "malformed_json";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding; `unsupported_media`: another Content-Type is wanted */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding" | "unsupported_media";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `idempotency_mismatch`: the Idempotency-Key was used with another body; `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "idempotency_mismatch" | "invalid";
                    };
                };
            };
            /** @description `queue_full`: no more jobs are taken now: see Retry-After */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "queue_full";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `idempotency_race`: the same Idempotency-Key is being used in this moment: send it again; `database_unavailable`: the database does not answer: send it again; `bodies_full`: too many large bodies are on their way: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "idempotency_race" | "database_unavailable" | "bodies_full";
                    };
                };
            };
        };
    };
    showJob: {
        parameters: {
            query?: {
                /** @description adds the text of the log, its last MiB */
                logs?: "1" | "true" | "0" | "false";
                /** @description adds the job as resolved */
                spec?: "1" | "true" | "0" | "false";
                /** @description adds what its steps wrote to $CI_SUMMARY, as Markdown */
                summary?: "1" | "true" | "0" | "false";
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as it is now */
            200: {
                headers: {
                    /** @description send it back as If-None-Match */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description unchanged since If-None-Match */
            304: {
                headers: {
                    /** @description the same */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    putStatus: {
        parameters: {
            query?: never;
            header?: {
                /** @description of an agent's write: the attempt that it holds */
                "X-Attempt"?: number;
                /** @description of an agent's write: from the answer to its claim */
                "X-Lease-Token"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StatusRequest"];
            };
        };
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["StatusReply"] | components["schemas"]["ClaimAnswer"]) | components["schemas"]["FinishView"];
                };
            };
            /** @description taken */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StatusReply"] | components["schemas"]["LogsIncompleteReply"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields; `malformed_encoding`: the body is not what its Content-Encoding says; `malformed_json`: the body is not JSON, or a key stands twice */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query" | "malformed_encoding" | "malformed_json";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `not_lease_holder`: the caller does not hold that attempt; `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_lease_holder" | "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `stale_attempt`: the attempt has ended or was replaced; `bad_transition`: the job or step cannot become that; `not_queued`: the job waits for no agent: poll for another; `agent_busy`: the agent already holds a lease; `agent_draining`: the agent drains and takes no more; `claim_used`: the claim_id was used before; `superseded`: a newer process of this agent has taken over; `already_terminal`: the job, or the run, has already ended */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "stale_attempt" | "bad_transition" | "not_queued" | "agent_busy" | "agent_draining" | "claim_used" | "superseded" | "already_terminal";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding; `unsupported_media`: another Content-Type is wanted */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding" | "unsupported_media";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `log_store`: the log cannot be stored now: send it again; `database_unavailable`: the database does not answer: send it again; `bodies_full`: too many large bodies are on their way: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "log_store" | "database_unavailable" | "bodies_full";
                    };
                };
            };
        };
    };
    readLog: {
        parameters: {
            query?: {
                /** @description one step, from 0; -1 is the setup; without it, all of them in order */
                step?: number;
                /** @description an earlier attempt; without it, the newest */
                attempt?: number;
            };
            header?: {
                Range?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the whole log */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description the range that was asked for */
            206: {
                headers: {
                    /** @description which bytes of how many */
                    "Content-Range"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `no_such_step`: the job has no such step; `no_such_attempt`: the job has no such attempt; `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "no_such_step" | "no_such_attempt" | "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `range_not_satisfiable`: the log has no such bytes; `log_offset`: the log is shorter */
            416: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "range_not_satisfiable" | "log_offset";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `log_missing`: bytes of an ended job's log are not in the server's log folder any more; `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "log_missing" | "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    appendLog: {
        parameters: {
            query?: {
                /** @description of bytes: the step, from 0; -1 is the setup */
                step?: number;
                /** @description of bytes: how many of the step's bytes come before them */
                offset?: number;
                /** @description of bytes: their CRC-32C */
                crc32c?: string;
            };
            header?: {
                "X-Attempt"?: number;
                "X-Lease-Token"?: string;
                /** @description of bytes: when they were printed, as marks of how many bytes and milliseconds after the mark before */
                "X-Log-Times"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
                "application/json": components["schemas"]["LinesRequest"];
            };
        };
        responses: {
            /** @description taken */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AppendReply"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields; `malformed_encoding`: the body is not what its Content-Encoding says; `malformed_json`: the body is not JSON, or a key stands twice */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query" | "malformed_encoding" | "malformed_json";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `not_lease_holder`: the caller does not hold that attempt; `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_lease_holder" | "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `stale_attempt`: the attempt has ended or was replaced; `bad_transition`: the job or step cannot become that; `log_conflict`: the log has other bytes at this offset */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "stale_attempt" | "bad_transition" | "log_conflict";
                    };
                };
            };
            /** @description `log_chunk`: a chunk has too many bytes; `log_limit`: the job's log is as long as it may be; `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "log_chunk" | "log_limit" | "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding; `unsupported_media`: another Content-Type is wanted */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding" | "unsupported_media";
                    };
                };
            };
            /** @description `log_gap`: bytes before the offset are missing: next says from where; `seq_gap`: lines before these are missing: next_seq says which */
            416: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "log_gap" | "seq_gap";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `crc`: the chunk was damaged on its way: send it again; `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "crc" | "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `log_store`: the log cannot be stored now: send it again; `database_unavailable`: the database does not answer: send it again; `bodies_full`: too many large bodies are on their way: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "log_store" | "database_unavailable" | "bodies_full";
                    };
                };
            };
        };
    };
    streamLog: {
        parameters: {
            query?: never;
            header?: {
                /** @description the id of the last event that arrived */
                "Last-Event-Id"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description events until the job ends; the schema is that of each */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": {
                        /** @enum {string} */
                        event: "attempt" | "step" | "status" | "log" | "lagged" | "end";
                        data: string;
                        id?: string;
                    };
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `too_many_streams`: too many logs are being watched; `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_many_streams" | "database_unavailable";
                    };
                };
            };
        };
    };
    indexLog: {
        parameters: {
            query?: {
                /** @description an earlier attempt; without it, the newest */
                attempt?: number;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as it is now */
            200: {
                headers: {
                    /** @description send it back as If-None-Match */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogIndexView"];
                };
            };
            /** @description unchanged since If-None-Match */
            304: {
                headers: {
                    /** @description the same */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `no_such_attempt`: the job has no such attempt; `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "no_such_attempt" | "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `log_missing`: bytes of an ended job's log are not in the server's log folder any more; `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "log_missing" | "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    readLogLines: {
        parameters: {
            query: {
                /** @description from 0; -1 is the setup */
                step: number;
                /** @description an earlier attempt; without it, the newest */
                attempt?: number;
                /** @description the number of the first line; they are counted from 1 in each step */
                from?: number;
                /** @description at most so many; an answer has at most 1 MiB, so there may be fewer */
                count?: number;
            };
            header?: {
                "If-None-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as it is now */
            200: {
                headers: {
                    /** @description send it back as If-None-Match */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogLinesView"];
                };
            };
            /** @description unchanged since If-None-Match */
            304: {
                headers: {
                    /** @description the same */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `no_such_step`: the job has no such step; `no_such_attempt`: the job has no such attempt; `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "no_such_step" | "no_such_attempt" | "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `log_missing`: bytes of an ended job's log are not in the server's log folder any more; `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "log_missing" | "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    searchLog: {
        parameters: {
            query: {
                /** @description what a line must have */
                q: string;
                /** @description an earlier attempt; without it, the newest */
                attempt?: number;
                /** @description q is a regular expression of RE2 */
                regex?: "1" | "true" | "0" | "false";
                /** @description capital and small letters differ */
                case?: "1" | "true" | "0" | "false";
                /** @description how many matches are named; all of them are counted */
                limit?: number;
                /** @description next_cursor of the answer before, of the same search */
                cursor?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogSearchView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `no_such_attempt`: the job has no such attempt; `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "no_such_attempt" | "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `log_missing`: bytes of an ended job's log are not in the server's log folder any more; `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "log_missing" | "internal";
                    };
                };
            };
            /** @description `too_many_searches`: too many logs are being searched; `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_many_searches" | "database_unavailable";
                    };
                };
            };
        };
    };
    registerAgent: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RegisterRequest"];
            };
        };
        responses: {
            /** @description made */
            201: {
                headers: {
                    /** @description its path */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegisterReply"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields; `malformed_encoding`: the body is not what its Content-Encoding says; `malformed_json`: the body is not JSON, or a key stands twice */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query" | "malformed_encoding" | "malformed_json";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `superseded`: a newer process of this agent has taken over */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "superseded";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding; `unsupported_media`: another Content-Type is wanted */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding" | "unsupported_media";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `too_many_agents`: no more agents are taken; `too_many_registrations`: too many registrations from this address */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_many_agents" | "too_many_registrations";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again; `bodies_full`: too many large bodies are on their way: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable" | "bodies_full";
                    };
                };
            };
        };
    };
    listAgents: {
        parameters: {
            query?: {
                limit?: number;
                /** @description next_cursor of the page before */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentListView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    showAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    removeAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description nothing to say */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own; `not_you`: the path belongs to another agent */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin" | "not_you";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    drainAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DrainRequest"];
            };
        };
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields; `malformed_encoding`: the body is not what its Content-Encoding says; `malformed_json`: the body is not JSON, or a key stands twice */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query" | "malformed_encoding" | "malformed_json";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding; `unsupported_media`: another Content-Type is wanted */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding" | "unsupported_media";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again; `bodies_full`: too many large bodies are on their way: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable" | "bodies_full";
                    };
                };
            };
        };
    };
    pollJobs: {
        parameters: {
            query?: {
                /** @description seconds that the answer may take when there is nothing to say */
                wait?: number;
                /** @description the rev of the last answer */
                seen?: number;
                /** @description of the registration */
                boot_id?: string;
                /** @description of the registration */
                boot_seq?: number;
                /** @description one poll is always open; its end is a hint that the agent is gone */
                watch?: "1" | "true" | "0" | "false";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PollReply"];
                };
            };
            /** @description nothing to say */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own; `not_you`: the path belongs to another agent */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin" | "not_you";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `superseded`: a newer process of this agent has taken over */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "superseded";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    heartbeat: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HeartbeatRequest"];
            };
        };
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HeartbeatReply"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields; `malformed_encoding`: the body is not what its Content-Encoding says; `malformed_json`: the body is not JSON, or a key stands twice */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query" | "malformed_encoding" | "malformed_json";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own; `not_you`: the path belongs to another agent */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin" | "not_you";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `superseded`: a newer process of this agent has taken over */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "superseded";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding; `unsupported_media`: another Content-Type is wanted */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding" | "unsupported_media";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again; `bodies_full`: too many large bodies are on their way: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable" | "bodies_full";
                    };
                };
            };
        };
    };
    findLeftovers: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LeftoversRequest"];
            };
        };
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LeftoversReply"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields; `malformed_encoding`: the body is not what its Content-Encoding says; `malformed_json`: the body is not JSON, or a key stands twice */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query" | "malformed_encoding" | "malformed_json";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own; `not_you`: the path belongs to another agent */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin" | "not_you";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding; `unsupported_media`: another Content-Type is wanted */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding" | "unsupported_media";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again; `bodies_full`: too many large bodies are on their way: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable" | "bodies_full";
                    };
                };
            };
        };
    };
    listQueue: {
        parameters: {
            query?: {
                limit?: number;
                /** @description next_cursor of the page before */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueueView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    followEvents: {
        parameters: {
            query: {
                /** @description which, with commas between: runs, run:<id>, queue, agents */
                topics: string;
            };
            header?: {
                /** @description the id of the last event that arrived: the stream goes on after it */
                "Last-Event-Id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description events without an end; the schema is that of each */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": {
                        /** @enum {string} */
                        event: "hello" | "change" | "reset";
                        data: string;
                        id: string;
                    };
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `too_many_streams`: too many logs are being watched; `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_many_streams" | "database_unavailable";
                    };
                };
            };
        };
    };
    listRepositories: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RepositoryListView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    addRepository: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRepositoryRequest"];
            };
        };
        responses: {
            /** @description made */
            201: {
                headers: {
                    /** @description its path */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RepositoryView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields; `malformed_encoding`: the body is not what its Content-Encoding says; `malformed_json`: the body is not JSON, or a key stands twice */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query" | "malformed_encoding" | "malformed_json";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `forge_scope`: the token may not do this at the forge: scope says what it lacks; `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forge_scope" | "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `forge_repository`: the forge has no such repository, or the token does not see it */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forge_repository";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `repository_exists`: the repository is connected already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "repository_exists";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding; `unsupported_media`: another Content-Type is wanted */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding" | "unsupported_media";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `git_remote`: git cannot read the repository: the message has its words; `forge_token`: the forge does not know the token; `forge_refused`: the forge refuses the request; `forge_moved`: the forge redirects; `bad_url`: the address of the forge cannot be used; `bad_token`: the token cannot be sent; `bad_proxy`: the address of the proxy cannot be used; `bad_ca_file`: the file of certificates cannot be read; `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "git_remote" | "forge_token" | "forge_refused" | "forge_moved" | "bad_url" | "bad_token" | "bad_proxy" | "bad_ca_file" | "invalid";
                    };
                };
            };
            /** @description `forge_limit`: the forge takes no more requests now: see Retry-After */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forge_limit";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `forge_away`: the forge does not answer; `database_unavailable`: the database does not answer: send it again; `bodies_full`: too many large bodies are on their way: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forge_away" | "database_unavailable" | "bodies_full";
                    };
                };
            };
        };
    };
    showRepository: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RepositoryView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    removeRepository: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RemovedRepositoryView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    changeRepository: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RepositoryChangeRequest"];
            };
        };
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RepositoryView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields; `malformed_encoding`: the body is not what its Content-Encoding says; `malformed_json`: the body is not JSON, or a key stands twice */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query" | "malformed_encoding" | "malformed_json";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding; `unsupported_media`: another Content-Type is wanted */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding" | "unsupported_media";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again; `bodies_full`: too many large bodies are on their way: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable" | "bodies_full";
                    };
                };
            };
        };
    };
    syncRepository: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RepositoryView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `other_repository`: the delivery, or the forge, speaks of another repository; `forge_scope`: the token may not do this at the forge: scope says what it lacks; `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "other_repository" | "forge_scope" | "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `forge_repository`: the forge has no such repository, or the token does not see it; `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forge_repository" | "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `git_remote`: git cannot read the repository: the message has its words; `forge_token`: the forge does not know the token; `forge_refused`: the forge refuses the request; `forge_moved`: the forge redirects; `bad_url`: the address of the forge cannot be used; `bad_token`: the token cannot be sent; `bad_proxy`: the address of the proxy cannot be used; `bad_ca_file`: the file of certificates cannot be read; `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "git_remote" | "forge_token" | "forge_refused" | "forge_moved" | "bad_url" | "bad_token" | "bad_proxy" | "bad_ca_file" | "invalid";
                    };
                };
            };
            /** @description `forge_limit`: the forge takes no more requests now: see Retry-After */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forge_limit";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `forge_away`: the forge does not answer; `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forge_away" | "database_unavailable";
                    };
                };
            };
        };
    };
    listDeliveries: {
        parameters: {
            query?: {
                limit?: number;
                /** @description next_cursor of the page before */
                cursor?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryListView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    redeliver: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                delivery: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description taken */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReceivedView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `nothing_to_redeliver`: no run follows this delivery */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "nothing_to_redeliver";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    listSchedules: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScheduleListView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    listRepositoryRuns: {
        parameters: {
            query?: {
                branch?: string;
                limit?: number;
                /** @description next_cursor of the page before */
                cursor?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunListView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    runNow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunNowRequest"];
            };
        };
        responses: {
            /** @description made */
            201: {
                headers: {
                    /** @description its path */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedRunView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields; `malformed_encoding`: the body is not what its Content-Encoding says; `malformed_json`: the body is not JSON, or a key stands twice */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query" | "malformed_encoding" | "malformed_json";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `no_commit`: the repository has no such commit; `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "no_commit" | "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `git_file`: a file of the repository is too large to be read; `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "git_file" | "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding; `unsupported_media`: another Content-Type is wanted */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding" | "unsupported_media";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `queue_full`: no more jobs are taken now: see Retry-After; `too_many_runs`: too many runs have not ended: see Retry-After */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "queue_full" | "too_many_runs";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `git_fetch`: git cannot fetch now: the message has its words; `git_read`: git cannot read the mirror now; `program_missing`: a program that the server needs cannot be started; `program_timeout`: git took too long; `program_stopped`: the server stops; `database_unavailable`: the database does not answer: send it again; `bodies_full`: too many large bodies are on their way: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "git_fetch" | "git_read" | "program_missing" | "program_timeout" | "program_stopped" | "database_unavailable" | "bodies_full";
                    };
                };
            };
        };
    };
    showRunForm: {
        parameters: {
            query?: {
                /** @description a branch, a tag or a full ref [the default branch] */
                ref?: string;
                /** @description the path of a pipeline file [.open-cicd.yml, or the first] */
                pipeline?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunFormView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `git_file`: a file of the repository is too large to be read; `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "git_file" | "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `git_fetch`: git cannot fetch now: the message has its words; `git_read`: git cannot read the mirror now; `program_missing`: a program that the server needs cannot be started; `program_timeout`: git took too long; `program_stopped`: the server stops; `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "git_fetch" | "git_read" | "program_missing" | "program_timeout" | "program_stopped" | "database_unavailable";
                    };
                };
            };
        };
    };
    showBadge: {
        parameters: {
            query?: {
                branch?: string;
                pipeline?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the badge */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/svg+xml": string;
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
        };
    };
    receiveWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description github, gitlab, gitea or git */
                forge: string;
                repository_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReceivedView"];
                };
            };
            /** @description taken */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReceivedView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields; `malformed_encoding`: the body is not what its Content-Encoding says; `malformed_json`: the body is not JSON, or a key stands twice */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query" | "malformed_encoding" | "malformed_json";
                    };
                };
            };
            /** @description `wrong_signature`: the delivery is not signed with the webhook's secret */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_signature";
                    };
                };
            };
            /** @description `other_repository`: the delivery, or the forge, speaks of another repository */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "other_repository";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding; `unsupported_media`: another Content-Type is wanted */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding" | "unsupported_media";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `too_many_deliveries`: too many deliveries of this repository wait: see Retry-After */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_many_deliveries";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `bodies_full`: too many large bodies are on their way: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "bodies_full";
                    };
                };
            };
        };
    };
    listNotifications: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotificationListView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    addNotification: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NotificationRequest"];
            };
        };
        responses: {
            /** @description made */
            201: {
                headers: {
                    /** @description its path */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotificationView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields; `malformed_encoding`: the body is not what its Content-Encoding says; `malformed_json`: the body is not JSON, or a key stands twice */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query" | "malformed_encoding" | "malformed_json";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `notification_limit`: there are as many notifications as there may be */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "notification_limit";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding; `unsupported_media`: another Content-Type is wanted */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding" | "unsupported_media";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again; `bodies_full`: too many large bodies are on their way: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable" | "bodies_full";
                    };
                };
            };
        };
    };
    removeNotification: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                notification: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description nothing to say */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    testNotification: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                notification: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotificationTestView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    listRepositoryNotifications: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotificationListView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    addRepositoryNotification: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NotificationRequest"];
            };
        };
        responses: {
            /** @description made */
            201: {
                headers: {
                    /** @description its path */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotificationView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields; `malformed_encoding`: the body is not what its Content-Encoding says; `malformed_json`: the body is not JSON, or a key stands twice */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query" | "malformed_encoding" | "malformed_json";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `notification_limit`: there are as many notifications as there may be */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "notification_limit";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding; `unsupported_media`: another Content-Type is wanted */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding" | "unsupported_media";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again; `bodies_full`: too many large bodies are on their way: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable" | "bodies_full";
                    };
                };
            };
        };
    };
    removeRepositoryNotification: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                notification: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description nothing to say */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    testRepositoryNotification: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                notification: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotificationTestView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    listPack: {
        parameters: {
            query: {
                service: string;
            };
            header?: {
                "Git-Protocol"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description what git may ask for */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-git-upload-pack-advertisement": string;
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `read_only`: a job reads its repository and no more */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "read_only";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `forge_away`: the forge does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forge_away";
                    };
                };
            };
        };
    };
    uploadPack: {
        parameters: {
            query?: never;
            header?: {
                "Git-Protocol"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-git-upload-pack-request": string;
            };
        };
        responses: {
            /** @description what git asked for */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-git-upload-pack-result": string;
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields; `malformed_encoding`: the body is not what its Content-Encoding says; `malformed_json`: the body is not JSON, or a key stands twice */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query" | "malformed_encoding" | "malformed_json";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding; `unsupported_media`: another Content-Type is wanted */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding" | "unsupported_media";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `forge_away`: the forge does not answer; `bodies_full`: too many large bodies are on their way: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "forge_away" | "bodies_full";
                    };
                };
            };
        };
    };
    listSecrets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SecretListView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    putSecret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SecretRequest"];
            };
        };
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SecretView"];
                };
            };
            /** @description made */
            201: {
                headers: {
                    /** @description its path */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SecretView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields; `malformed_encoding`: the body is not what its Content-Encoding says; `malformed_json`: the body is not JSON, or a key stands twice */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query" | "malformed_encoding" | "malformed_json";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `secret_limit`: there are as many secrets as there may be; `secret_changed`: somebody else stored the secret at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "secret_limit" | "secret_changed";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding; `unsupported_media`: another Content-Type is wanted */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding" | "unsupported_media";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again; `bodies_full`: too many large bodies are on their way: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable" | "bodies_full";
                    };
                };
            };
        };
    };
    removeSecret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description nothing to say */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    rotateSecrets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RotatedView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    listRepositorySecrets: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SecretListView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    putRepositorySecret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SecretRequest"];
            };
        };
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SecretView"];
                };
            };
            /** @description made */
            201: {
                headers: {
                    /** @description its path */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SecretView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields; `malformed_encoding`: the body is not what its Content-Encoding says; `malformed_json`: the body is not JSON, or a key stands twice */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query" | "malformed_encoding" | "malformed_json";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `secret_limit`: there are as many secrets as there may be; `secret_changed`: somebody else stored the secret at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "secret_limit" | "secret_changed";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding; `unsupported_media`: another Content-Type is wanted */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding" | "unsupported_media";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again; `bodies_full`: too many large bodies are on their way: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable" | "bodies_full";
                    };
                };
            };
        };
    };
    removeRepositorySecret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description nothing to say */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    listRegistries: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegistryListView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    putRegistry: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                host: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RegistryRequest"];
            };
        };
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegistryView"];
                };
            };
            /** @description made */
            201: {
                headers: {
                    /** @description its path */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegistryView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields; `malformed_encoding`: the body is not what its Content-Encoding says; `malformed_json`: the body is not JSON, or a key stands twice */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query" | "malformed_encoding" | "malformed_json";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `registry_limit`: there are as many logins of registries as there may be */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "registry_limit";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding; `unsupported_media`: another Content-Type is wanted */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding" | "unsupported_media";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again; `bodies_full`: too many large bodies are on their way: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable" | "bodies_full";
                    };
                };
            };
        };
    };
    removeRegistry: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                host: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description nothing to say */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    listRepositoryRegistries: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegistryListView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    putRepositoryRegistry: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                host: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RegistryRequest"];
            };
        };
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegistryView"];
                };
            };
            /** @description made */
            201: {
                headers: {
                    /** @description its path */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegistryView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields; `malformed_encoding`: the body is not what its Content-Encoding says; `malformed_json`: the body is not JSON, or a key stands twice */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query" | "malformed_encoding" | "malformed_json";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `registry_limit`: there are as many logins of registries as there may be */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "registry_limit";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding; `unsupported_media`: another Content-Type is wanted */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding" | "unsupported_media";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again; `bodies_full`: too many large bodies are on their way: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable" | "bodies_full";
                    };
                };
            };
        };
    };
    removeRepositoryRegistry: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                host: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description nothing to say */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    showStorage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StorageView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    analyseRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnalysisView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `not_found`: there is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "not_found";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    showSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    signIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignInRequest"];
            };
        };
        responses: {
            /** @description signed in */
            204: {
                headers: {
                    /** @description the session, for this server's pages alone */
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields; `malformed_encoding`: the body is not what its Content-Encoding says; `malformed_json`: the body is not JSON, or a key stands twice */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query" | "malformed_encoding" | "malformed_json";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding; `unsupported_media`: another Content-Type is wanted */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding" | "unsupported_media";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `invalid`: a field is wrong: see errors */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "invalid";
                    };
                };
            };
            /** @description `too_many_sign_ins`: too many sign-ins from this address failed: see Retry-After */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_many_sign_ins";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again; `bodies_full`: too many large bodies are on their way: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable" | "bodies_full";
                    };
                };
            };
        };
    };
    signOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description signed out */
            204: {
                headers: {
                    /** @description removes the session's cookie */
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    makeSignInCode: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description made */
            201: {
                headers: {
                    /** @description its path */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignInCodeView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `too_many_codes`: too many sign-in links wait to be used: see Retry-After */
            429: {
                headers: {
                    /** @description seconds to wait */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_many_codes";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    healthz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
        };
    };
    readyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description as asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadyView"];
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description not now */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadyView"];
                };
            };
        };
    };
    metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the metrics */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
    openapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the document */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description `malformed_request`: the request is not HTTP as it must be; `malformed_query`: the query string has broken escapes or too many fields */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "malformed_request" | "malformed_query";
                    };
                };
            };
            /** @description `unauthenticated`: no token, or one that is not known */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unauthenticated";
                    };
                };
            };
            /** @description `wrong_token_kind`: a token of this kind has no such permission; `foreign_origin`: a request with the cookie of a session comes from another page than the server's own */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "wrong_token_kind" | "foreign_origin";
                    };
                };
            };
            /** @description `request_timeout`: the request came too slowly */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description `too_large`: the body is longer than this request may have */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "too_large";
                    };
                };
            };
            /** @description `target_too_long`: the address is too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "target_too_long";
                    };
                };
            };
            /** @description `unsupported_encoding`: another Content-Encoding is wanted: see Accept-Encoding */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unsupported_encoding";
                    };
                };
            };
            /** @description `unknown_expectation`: the only expectation that can be met is 100-continue */
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "unknown_expectation";
                    };
                };
            };
            /** @description `header_too_large`: the header section is too long */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "header_too_large";
                    };
                };
            };
            /** @description `internal`: the server made a mistake; its log knows more by request_id */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "internal";
                    };
                };
            };
            /** @description `database_unavailable`: the database does not answer: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {unknown} */
                        code?: "database_unavailable";
                    };
                };
            };
        };
    };
}
