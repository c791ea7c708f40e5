/* SPDX-License-Identifier: EUPL-1.2 */
/* submission.h - the body of job.submit inside the server: what came over the wire, and what was read from it. */
#ifndef CORE_JOBS_SUBMISSION_H
#define CORE_JOBS_SUBMISSION_H

#include "core/jobs/job.h"
#include "core/jobs/request.h"

struct job_submission {
    struct job_submit  submit;
    struct job_request request;
};

#endif
