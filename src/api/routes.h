/* SPDX-License-Identifier: EUPL-1.2 */
/* routes.h - every address of the server, one row each. Dispatch, permissions, limits, OpenAPI, docs/api.md, the tests' matrix
 * and the command line's paths are all made of these rows; nothing is answered that isn't here.
 *
 * name      the handler is api_NAME; the command line knows it as ROUTE_NAME_METHOD and ROUTE_NAME_PATH
 * path      {job} takes one part, or two if the second is a number (aura/17); {name...} takes all that is left
 * kind      QUERY BYTES PAGE: on a reader. COMMAND: through the door. STREAM: goes on. STATE: at once, from memory
 * who       ANYBODY; PERSON: anybody known; AGENT: site agents
 * verb      what is asked of may(); VERB_PUBLIC: being who is enough
 * key       KEYED: an Idempotency-Key is needed
 * body      shape, largest size in bytes; `none` with a size: not JSON
 * query     names of query parameters, see api_parameters in routes.c
 * answer    status, type, list (what its entries stand under, or NULL), shape of one, in words */
#ifndef API_ROUTES_H
#define API_ROUTES_H

#include "api/limits.h"
#include "core/data/folder.h"
#include "core/identity/may.h"
#include "core/jobs/job.h"
#include "core/network/network.h"
#include "core/trust/trust.h"
#include "protocol/v1.h"

#define none_shape (*(const struct shape *)NULL)

/*    name, method, path, kind, who, verb, key, body, bytes, query, status, type, list, shape, answer, summary */
#define ROUTES(X)                                                                                                                          \
    X(front, GET, "/", PAGE, ANYBODY, VERB_PUBLIC, FREE, none, 0, "",                                                                      \
      200, HTML, NULL, none, "a page for people", "What was promised, what is there, what runs.")                                          \
    X(style, GET, "/style.css", STATE, ANYBODY, VERB_PUBLIC, FREE, none, 0, "",                                                            \
      200, CSS, NULL, none, "the page's look", "The page's look.")                                                                         \
    X(health, GET, "/healthz", STATE, ANYBODY, VERB_PUBLIC, FREE, none, 0, "",                                                             \
      200, JSON, NULL, none, "status, version, network, number of events", "Is the server there?")                                         \
    X(openapi, GET, "/v1/openapi.json", STATE, ANYBODY, VERB_PUBLIC, FREE, none, 0, "",                                                    \
      200, JSON, NULL, none, "OpenAPI 3.1", "This interface, for programs.")                                                               \
    X(factories, GET, "/v1/factories", QUERY, ANYBODY, VERB_PUBLIC, FREE, none, 0, "",                                                     \
      200, JSON, "factories", factory, "each with the systems that serve it", "The factories as announced; unknown is null.")              \
    X(systems, GET, "/v1/systems", QUERY, ANYBODY, VERB_PUBLIC, FREE, none, 0, "",                                                         \
      200, JSON, "systems", system, "each with its partitions and what they do now", "The systems as announced, and their partitions now.") \
    X(status, GET, "/v1/status", QUERY, ANYBODY, VERB_PUBLIC, FREE, none, 0, "",                                                           \
      200, JSON, NULL, none, "partitions now, number of events, newest checkpoint", "The network now.")                                    \
    X(try, POST, "/v1/try", QUERY, ANYBODY, VERB_PUBLIC, FREE, job_submit, API_JSON_BYTES, "",                                             \
      200, JSON, NULL, none, "what was read from the script, and a verdict for every partition",                                           \
      "Where could this script run, and where not, and why. Without an account; nothing is kept.")                                         \
    X(whoami, GET, "/v1/whoami", QUERY, PERSON, VERB_PUBLIC, FREE, none, 0, "",                                                            \
      200, JSON, NULL, none, "id, kind, name, roles", "Who this token stands for.")                                                        \
    X(job_submit, POST, "/v1/jobs", COMMAND, PERSON, VERB_JOB_SUBMIT, KEYED, job_submit, API_JSON_BYTES, "",                               \
      201, JSON, NULL, job, "the job, its project's name; jobs: the ids of an array; verdicts: of a dry run",                                       \
      "Submit a job: placed, paid by a hold, and told to its site. With dry_run nothing is kept and no key is needed.")                    \
    X(job_list, GET, "/v1/jobs", QUERY, PERSON, VERB_JOB_READ, FREE, none, 0, "project state limit before",                                \
      200, JSON, "jobs", job, "newest first, each with its project's name; next: what to send as before, or null",                        \
      "The jobs that one may see.")                                                                                                        \
    X(job, GET, "/v1/jobs/{job}", QUERY, PERSON, VERB_JOB_READ, FREE, none, 0, "",                                                         \
      200, JSON, NULL, job, "the job, its project's name, what it waits for", "One job.")                                                  \
    X(job_cancel, POST, "/v1/jobs/{job}/cancel", COMMAND, PERSON, VERB_JOB_CANCEL, KEYED, none, API_EMPTY_BYTES, "",                       \
      202, JSON, NULL, job, "the job", "End a job, or don't begin it.")                                                                    \
    X(job_placement, GET, "/v1/jobs/{job}/placement", QUERY, PERSON, VERB_JOB_READ, FREE, none, 0, "",                                     \
      200, JSON, NULL, none, "the verdicts of then, and how it is now", "Why it was placed there, and why it waits or ended.")             \
    X(job_streams, GET, "/v1/jobs/{job}/streams", QUERY, PERSON, VERB_JOB_OUTPUT, FREE, none, 0, "",                                       \
      200, JSON, "streams", stream, "complete ones with hash, growing ones without", "A job's log and outputs.")                           \
    X(job_stream, GET, "/v1/jobs/{job}/streams/{name...}", BYTES, PERSON, VERB_JOB_OUTPUT, FREE, none, 0, "offset",                        \
      200, BYTES, NULL, none, "the bytes from offset on; one Range is taken too", "Bytes of a log or output: log, error, out/PATH.")       \
    X(job_evidence, GET, "/v1/jobs/{job}/evidence", QUERY, PERSON, VERB_EVIDENCE_READ, FREE, none, 0, "",                                  \
      200, JSON, NULL, job_record, "the record as signed, and both signatures", "A finished job's signed record.")                         \
    X(folder_add, POST, "/v1/folders", COMMAND, PERSON, VERB_FOLDER_ADD, KEYED, folder_add, API_FOLDER_BYTES, "",                          \
      201, JSON, NULL, none, "folder (its hash), files, size_bytes, missing: hashes of contents still to be sent",                         \
      "Announce a code folder.")                                                                                                           \
    X(file_put, PUT, "/v1/files/{hash}", BYTES, PERSON, VERB_FOLDER_ADD, FREE, none, FOLDER_BYTES_MAX, "project",                          \
      201, JSON, NULL, none, "hash, size_bytes", "Send the contents of a file that a folder of the project announces.")                    \
    X(usage, GET, "/v1/usage", QUERY, PERSON, VERB_USAGE_READ, FREE, none, 0, "project",                                                   \
      200, JSON, "usage", none, "a line per project and partition: granted, held, used, available, in piece-seconds",                      \
      "Access time by project and partition.")                                                                                             \
    X(ledger_check, GET, "/v1/ledger/check", QUERY, PERSON, VERB_LEDGER_CHECK, FREE, none, 0, "",                                          \
      200, JSON, NULL, none, "balanced, what was counted, differences", "Does the ledger balance? Counted anew from its entries.")         \
    X(audit_checkpoint, GET, "/v1/audit/checkpoint", QUERY, ANYBODY, VERB_PUBLIC, FREE, none, 0, "",                                       \
      200, JSON, NULL, checkpoint, "the newest", "The server's signature over all events so far.")                                         \
    X(audit_export, GET, "/v1/audit/export", STREAM, PERSON, VERB_AUDIT_READ, FREE, none, 0, "",                                           \
      200, LINES, NULL, none, "docs/audit.md", "The whole log up to the newest checkpoint, to be checked offline.")                        \
    X(events, GET, "/v1/events", STREAM, ANYBODY, VERB_PUBLIC, FREE, none, 0, "after job",                                                 \
      200, EVENTS, NULL, event, "events that one may see, from Last-Event-ID or after on, else from now; with job also stream.grown",      \
      "What happens, as it happens.")                                                                                                      \
    X(agent_hello, POST, "/v1/agent/hello", COMMAND, AGENT, VERB_AGENT_REPORT, FREE, agent_hello, V1_MESSAGE_BYTES, "",                    \
      200, JSON, NULL, v1_welcome, "the welcome", "A site agent begins a conversation.")                                                   \
    X(agent_instructions, GET, "/v1/agent/instructions", STREAM, AGENT, VERB_AGENT_REPORT, FREE, none, 0, "",                              \
      200, EVENTS, NULL, v1_envelope, "instructions behind Last-Event-ID, and those to come", "What the server asks of the agent.")        \
    X(agent_observations, POST, "/v1/agent/observations", COMMAND, AGENT, VERB_AGENT_REPORT, FREE, none, V1_OBSERVATIONS_MESSAGE_BYTES, "", \
      200, JSON, NULL, none, "observed: highest number that is kept", "What the agent saw, in order.")                                     \
    X(agent_state, PUT, "/v1/agent/state", STATE, AGENT, VERB_AGENT_REPORT, FREE, none, V1_MESSAGE_BYTES, "",                              \
      204, NONE, NULL, none, "nothing", "How the system is now; the latest wins.")                                                         \
    X(agent_stream, PUT, "/v1/agent/jobs/{job}/streams/{name...}", BYTES, AGENT, VERB_AGENT_REPORT, FREE, none, V1_STREAM_BYTES, "offset", \
      200, JSON, NULL, none, "size: bytes that the server has", "Bytes of a log or output, from offset on.")                               \
    X(agent_script, GET, "/v1/agent/scripts/{hash}", QUERY, AGENT, VERB_AGENT_REPORT, FREE, none, 0, "",                                   \
      200, TEXT, NULL, none, "the script", "A script of one of the system's jobs.")                                                        \
    X(agent_folder, GET, "/v1/agent/jobs/{job}/folder", QUERY, AGENT, VERB_AGENT_REPORT, FREE, none, 0, "",                                \
      200, TEXT, NULL, none, "the canonical list", "The list of a job's code folder.")                                                     \
    X(agent_file, GET, "/v1/agent/jobs/{job}/files/{hash}", BYTES, AGENT, VERB_AGENT_REPORT, FREE, none, 0, "",                            \
      200, BYTES, NULL, none, "the bytes", "Contents of a file of a job's code folder.")

enum route_kind { ROUTE_QUERY, ROUTE_COMMAND, ROUTE_PAGE, ROUTE_BYTES, ROUTE_STREAM, ROUTE_STATE };
enum route_who { ROUTE_ANYBODY, ROUTE_PERSON, ROUTE_AGENT };
enum route_key { ROUTE_FREE, ROUTE_KEYED };
enum route_type { TYPE_JSON, TYPE_TEXT, TYPE_HTML, TYPE_CSS, TYPE_BYTES, TYPE_LINES, TYPE_EVENTS, TYPE_NONE };

struct api_call;
struct store;

/* On a reader's thread, with the actor's roles loaded: fills call->answer. False: the machine failed. */
typedef bool api_read(struct api_call *call, struct store *store, struct error *error);
/* On the loop's thread: answers, or hands on to door or readers. */
typedef void api_act(struct api_call *call);

struct route {
    const char         *name, *method, *path;
    enum route_kind     kind;
    enum route_who      who;
    enum verb           verb;
    enum route_key      key;
    const struct shape *body;       /* NULL: none, or not JSON */
    uint64_t            body_bytes; /* 0: it takes none */
    const char         *query;
    int                 status;
    enum route_type     type;
    const char         *list;
    const struct shape *shape;
    const char         *answer, *summary;
    api_read           *read;       /* one of these two */
    api_act            *act;
};

extern const struct route routes[];
extern const int route_count;

/* What stands at the places of a path; texts in the arena. */
struct route_values { const char *job, *hash, *name; };

/* The route of a method and a decoded path. NULL: none; *allowed then lists the methods that the path knows, "" if it's unknown.
 * HEAD finds what GET finds, but for streams. */
const struct route *route_find(const char *method, const char *path, struct arena *arena, struct route_values *values, const char **allowed);
/* Is `name` one of the query parameters of the route? */
bool route_has_parameter(const struct route *route, const char *name);

/* A query parameter: what it is, for all routes that have it. */
struct api_parameter { const char *name; bool is_number; int64_t most; const char *doc; };
extern const struct api_parameter api_parameters[];
extern const int api_parameter_count;

const char *route_type_name(enum route_type type); /* media type; NULL for NONE */

#endif
