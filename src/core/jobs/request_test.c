/* SPDX-License-Identifier: EUPL-1.2 */
/* request_test.c - one row a case: options beside the script, the script's lines below its first, what comes out.
 * An outcome is a list of parts of the request, or a refusal's code with the beginning of its arguments. */
#include "core/jobs/request.h"

#include "core/jobs/options.h"

#include <stdio.h>
#include <string.h>

struct row { const char *options /* divided by | */, *lines, *outcome; };

static const struct row table[] = {
    /* nothing said */
    { "", "echo", "name=train.sh;partition=-;limit=0;nodes=1;fixed=0;tasks=1;pernode=0;cpus=1;acc=0;accpernode=0;pieces=1;model=-;memory=0" },
    { "", "echo", "output=-;error=-;folder=;all=0;environment=;waits=;any=0;array=0:;atonce=0" },

    /* ways to write an option */
    { "--time=10", "", "limit=600" },
    { "--time|10", "", "limit=600" },
    { "-t10", "", "limit=600" },
    { "-t|10", "", "limit=600" },
    { "-t|10|--time=20", "", "limit=1200" },
    { "-t=10", "", "option-value --time 0" },
    { "--time", "", "option-value --time 0 a value" },
    { "-t", "", "option-value --time 0 a value" },
    { "--time=", "", "option-value --time 0" },
    { "--tim=10", "", "option-not-allowed --tim" },
    { "--timely=10", "", "option-not-allowed --timely" },
    { "--account=x", "", "option-not-allowed --account" },
    { "-Ax", "", "option-not-allowed -A" },
    { "-A|x", "", "option-not-allowed -A" },
    { "--exclusive", "", "option-not-allowed --exclusive" },
    { "--wrap=rm", "", "option-not-allowed --wrap" },
    { "--uid=0", "", "option-not-allowed --uid" },
    { "--mem-per-cpu=1G", "", "option-not-allowed --mem-per-cpu" },
    { "--gpus-per-task=1", "", "option-not-allowed --gpus-per-task" },
    { "train.sh", "", "option-not-allowed train.sh" },
    { "--", "", "option-not-allowed --" },
    { "-", "", "option-not-allowed -" },
    { "", "#SBATCH\necho", "limit=0" },
    { "--\xe2\x80\xae" "emit", "", "option-not-allowed (unreadable)" },

    /* directives */
    { "", "#SBATCH --time=10\n#SBATCH -N 2\necho", "limit=600;nodes=2" },
    { "", "#SBATCH --time=10 -N2 --job-name='a b' # why\necho", "limit=600;nodes=2;name=a b" },
    { "", "#SBATCH -J \"a 'b'\"\n", "name=a 'b'" },
    { "", "#SBATCH -J a\\ b\n", "name=a b" },
    { "", "#SBATCH -J a#b\n", "name=a#b" },
    { "", "#SBATCH -J 'a", "option-value #SBATCH 2 a closing quote" },
    { "", "#SBATCH\t-t\t5", "limit=300" },
    { "", "#SBATCH-t5", "limit=300" },
    { "", "#SBATCH -t", "option-value --time 2 a value" },
    { "", "\n# words\n   \n#SBATCH -t5\n\necho", "limit=300" },
    { "", "##SBATCH -t5\n# SBATCH -t5\n #SBATCH -t5\n#sbatch -t5\necho", "limit=0" },
    { "", "#SBATCH -t5\n#SBATCH --account=x\n#SBATCH --mail-user=x", "directive-not-allowed 3 --account" },
    { "", "#SBATCH hetjob", "directive-not-allowed 2 hetjob" },
    { "", "#PBS -l walltime=1", "directive-not-allowed 2 #PBS" },
    { "", "#BSUB -n 2", "directive-not-allowed 2 #BSUB" },
    { "", "echo\n#PBS -l walltime=1", "limit=0" },
    { "", "echo\n#SBATCH -t5", "directive-too-late 3" },
    { "", "echo\n##SBATCH -t5", "limit=0" },
    { "", "#SBATCH --time=x\necho\n#SBATCH -t5", "option-value --time 2" },

    /* options beside the script win, and are refused first; directives are read all the same */
    { "--time=20", "#SBATCH --time=10", "limit=1200" },
    { "--time=20", "#SBATCH -t 10\n#SBATCH -N 3", "limit=1200;nodes=3" },
    { "--time=20", "#SBATCH --time=x", "option-value --time 2" },
    { "--time=x", "#SBATCH --account=y", "option-value --time 0" },
    { "--partition=any", "#SBATCH -p lumi/gpu", "partition=-" },
    { "--gres=none", "#SBATCH --gres=gpu:4", "acc=0;pieces=1" },

    /* names */
    { "--job-name=\xc3\xa9toile 1", "", "name=\xc3\xa9toile 1" },
    { "--job-name=", "", "option-value --job-name 0" },
    { "--job-name=a\nb", "", "option-value --job-name 0" },
    { "--job-name=\xe2\x80\xaegnp", "", "option-value --job-name 0" },
    { "-p|lumi/gpu", "", "partition=lumi/gpu" },
    { "-p|gpu", "", "partition=gpu" },
    { "-p|gpu,cpu", "", "option-value --partition 0" },
    { "-p|; rm", "", "option-value --partition 0" },
    { "-p|", "", "option-value --partition 0" },

    /* time */
    { "-t|90", "", "limit=5400" },
    { "-t|0:30", "", "limit=30" },
    { "-t|90:30", "", "limit=5430" },
    { "-t|1:00:00", "", "limit=3600" },
    { "-t|1-0", "", "limit=86400" },
    { "-t|1-12", "", "limit=129600" },
    { "-t|1-12:30", "", "limit=131400" },
    { "-t|1-12:30:15", "", "limit=131415" },
    { "-t|365-0", "", "limit=31536000" },
    { "-t|365-0:0:1", "", "option-value --time 0" },
    { "-t|0", "", "out-of-range --time 0" },
    { "-t|0-0:0:0", "", "option-value --time 0" },
    { "-t|-1", "", "out-of-range --time 0" },
    { "-t|UNLIMITED", "", "out-of-range --time 0" },
    { "-t|INFINITE", "", "out-of-range --time 0" },
    { "-t|1:2:3:4", "", "option-value --time 0" },
    { "-t|1-", "", "option-value --time 0" },
    { "-t|1-1-1", "", "option-value --time 0" },
    { "-t|1:", "", "option-value --time 0" },
    { "-t|1.5", "", "option-value --time 0" },
    { "-t|99999999999999999999", "", "out-of-range --time 0" },
    { "-t|2147483648-0", "", "option-value --time 0" },

    /* nodes and tasks */
    { "-N|2-4", "", "nodes=2;fixed=1" },
    { "-N|3-3", "", "nodes=3" },
    { "-N|4-2", "", "option-value --nodes 0" },
    { "-N|0", "", "out-of-range --nodes 0" },
    { "-N|-1", "", "out-of-range --nodes 0" },
    { "-N|1k", "", "option-value --nodes 0" },
    { "-N|1000001", "", "out-of-range --nodes 0" },
    { "-N|2", "", "tasks=2" },
    { "-N|2|--ntasks-per-node=4", "", "tasks=8;pernode=4" },
    { "-n|8|--ntasks-per-node=4", "", "nodes=2;fixed=1;tasks=8" },
    { "-n|9|--ntasks-per-node=4", "", "nodes=3;tasks=9" },
    { "-n|8", "", "nodes=1;fixed=0;tasks=8" },
    { "-n|4|-c|2", "", "tasks=4;cpus=2" },
    { "-N|4|-n|2", "", "option-conflict --nodes --ntasks" },
    { "-N|2|-n|9|--ntasks-per-node=4", "", "option-conflict --ntasks --ntasks-per-node" },
    { "-N|1000000|--ntasks-per-node=1000000", "", "option-conflict --nodes --ntasks-per-node" },

    /* accelerators */
    { "-G|4", "", "acc=4;pieces=4;accpernode=0;nodes=1;fixed=0" },
    { "-G4", "", "acc=4" },
    { "--gpus=a100:4", "", "acc=4;model=a100" },
    { "--gpus=0", "", "acc=0;pieces=1" },
    { "--gpus=-1", "", "out-of-range --gpus 0" },
    { "--gpus=1000000", "", "pieces=1000000" },
    { "--gpus=1000001", "", "out-of-range --gpus 0" },
    { "--gpus=1000000000", "", "out-of-range --gpus 0" },
    { "--gpus=99999999999999999999", "", "out-of-range --gpus 0" },
    { "--gpus=a100", "", "option-value --gpus 0" },
    { "--gpus=:4", "", "option-value --gpus 0" },
    { "--gpus=a100:", "", "option-value --gpus 0" },
    { "--gpus=a100:2,v100:1", "", "option-value --gpus 0" },
    { "--gpus-per-node=4|-N2", "", "acc=8;accpernode=4;nodes=2;pieces=8" },
    { "--gpus-per-node=4", "", "acc=4;accpernode=4;nodes=1;fixed=1" },
    { "--gres=gpu:4|-N2", "", "acc=8;accpernode=4" },
    { "--gres=gpu:a100:4", "", "acc=4;model=a100" },
    { "--gres=gpu:a100", "", "acc=1;model=a100" },
    { "--gres=gpu", "", "acc=1;model=-" },
    { "--gres=gpu:0", "", "acc=0;pieces=1" },
    { "--gres=gpu:", "", "option-value --gres 0" },
    { "--gres=gpus:4", "", "option-value --gres 0" },
    { "--gres=nvme:1", "", "option-value --gres 0" },
    { "--gres=gpu:4,nvme:1", "", "option-value --gres 0" },
    { "--gres=gpu:-4", "", "option-value --gres 0" },
    { "--gpus=8|--gpus-per-node=4", "", "acc=8;nodes=2;fixed=1;tasks=2" },
    { "--gpus=8|--gpus-per-node=4|-N2", "", "acc=8;nodes=2" },
    { "--gpus=8|--gpus-per-node=4|-N3", "", "option-conflict --gpus --gpus-per-node" },
    { "--gpus=7|--gpus-per-node=4", "", "option-conflict --gpus --gpus-per-node" },
    { "--gpus=0|--gpus-per-node=4", "", "option-conflict --gpus --gpus-per-node" },
    { "--gpus=4|--gres=gpu:0", "", "option-conflict --gpus --gres" },
    { "--gpus=0|--gres=gpu:0", "", "acc=0" },
    { "--gpus=2|--gres=gpu:4", "", "option-conflict --gpus --gres" },
    { "--gpus=8|--gres=gpu:4|-n1", "", "option-conflict --gpus --ntasks" },
    { "--gpus-per-node=2|--gres=gpu:4", "", "option-conflict --gpus-per-node --gres" },
    { "--gpus-per-node=4|--gres=gpu:4", "", "acc=4" },
    { "--gpus=3|-N2", "", "acc=3;nodes=2;fixed=1" },
    { "--gpus=1|-N2", "", "option-conflict --nodes --gpus" },
    { "--gpus=0|-N2", "", "acc=0;nodes=2" },
    { "--gpus=a100:4|--gres=gpu:h100:4", "", "option-conflict --gpus --gres" },
    { "--gpus=a100:4|--gres=gpu:4", "", "acc=4;model=a100" },
    { "--gpus-per-node=1000000|-N|1000000", "", "option-conflict --nodes --gpus-per-node" },
    { "--gpus=2", "#SBATCH --gres=gpu:4", "option-conflict --gpus --gres" },

    /* memory */
    { "--mem=64G", "", "memory=65536" },
    { "--mem=64g", "", "memory=65536" },
    { "--mem=512", "", "memory=512" },
    { "--mem=512M", "", "memory=512" },
    { "--mem=1K", "", "memory=1" },
    { "--mem=1025K", "", "memory=2" },
    { "--mem=1024T", "", "memory=1073741824" },
    { "--mem=1025T", "", "option-value --mem 0" },
    { "--mem=0", "", "option-value --mem 0" },
    { "--mem=-1", "", "option-value --mem 0" },
    { "--mem=G", "", "option-value --mem 0" },
    { "--mem=4GB", "", "option-value --mem 0" },
    { "--mem=1.5G", "", "option-value --mem 0" },

    /* files and folders */
    { "-o|out/%x-%j.log|-e|%A_%a.err", "", "output=out/%x-%j.log;error=%A_%a.err" },
    { "-o|./a.log", "", "output=a.log" },
    { "-o|100%%.log", "", "output=100%%.log" },
    { "-o|/dev/null", "", "invalid-path --output" },
    { "-o|../a", "", "invalid-path --output" },
    { "-o|a/../b", "", "invalid-path --output" },
    { "-o|a//b", "", "invalid-path --output" },
    { "-o|-rf", "", "invalid-path --output" },
    { "-o|%N.log", "", "invalid-path --output" },
    { "-o|a%", "", "invalid-path --output" },
    { "-o|%4j.log", "", "invalid-path --output" },
    { "-o|", "", "invalid-path --output" },
    { "-e|/x", "", "invalid-path --error" },
    { "-o|%x/log|-J|..", "", "option-conflict --output --job-name" },
    { "-e|%x|-J|/etc/x", "", "option-conflict --error --job-name" },
    { "-D|src", "", "folder=src" },
    { "-D|./src/", "", "folder=src" },
    { "-D|.", "", "folder=" },
    { "-D|./", "", "folder=" },
    { "-D|/tmp", "", "invalid-path --chdir" },
    { "-D|/", "", "invalid-path --chdir" },
    { "-D|..", "", "invalid-path --chdir" },
    { "-D|", "", "invalid-path --chdir" },

    /* environment; the caller sends A=1 and B=2 */
    { "--export=NONE", "", "all=0;environment=" },
    { "--export=NIL", "", "all=0;environment=" },
    { "--export=ALL", "", "all=1;environment=A=1,B=2," },
    { "--export=A", "", "all=0;environment=A=1," },
    { "--export=A,C=3", "", "environment=A=1,C=3," },
    { "--export=A=5,ALL,A=6", "", "all=1;environment=A=6,B=2," },
    { "--export=C=", "", "environment=C=," },
    { "--export=C=a=b", "", "environment=C=a=b," },
    { "--export=C", "", "option-value --export 0 NAME=VALUE" },
    { "--export=NONE,A", "", "option-value --export 0" },
    { "--export=", "", "option-value --export 0" },
    { "--export=A,,B", "", "option-value --export 0" },
    { "--export=1A=2", "", "option-value --export 0" },
    { "--export=A B=2", "", "option-value --export 0" },
    { "--export=C=a\x1b[2J", "", "option-value --export 0" },
    { "--export=LD_PRELOAD=x", "", "env-not-allowed LD_PRELOAD" },
    { "--export=LD_PRELOAD", "", "env-not-allowed LD_PRELOAD" },
    { "--export=ALL,BASH_ENV=x", "", "env-not-allowed BASH_ENV" },
    { "--export=ENV=x", "", "env-not-allowed ENV" },
    { "--export=ENVIRONMENT=x", "", "environment=ENVIRONMENT=x," },
    { "--export=SLURM_CONF=x", "", "env-not-allowed SLURM_CONF" },
    { "--export=SPANK_X=x", "", "env-not-allowed SPANK_X" },
    { "--export=AIF_SLOTS=x", "", "env-not-allowed AIF_SLOTS" },
    { "--export=CUDA_VISIBLE_DEVICES=0", "", "env-not-allowed CUDA_VISIBLE_DEVICES" },
    { "--export=HOME=/", "", "env-not-allowed HOME" },
    { "", "#SBATCH --export=ALL,LD_AUDIT=x", "env-not-allowed LD_AUDIT" },

    /* dependencies */
    { "-d|afterok:17", "", "waits=afterok:17,;any=0" },
    { "-d|afterok:17:aura/18,afterany:job_01J", "", "waits=afterok:17,afterok:aura/18,afterany:job_01J,;any=0" },
    { "-d|after:1?afternotok:2", "", "waits=after:1,afternotok:2,;any=1" },
    { "-d|afterok:1,afterok:2?afterok:3", "", "option-value --dependency 0 all of them" },
    { "-d|singleton", "", "option-value --dependency 0 after:" },
    { "-d|aftercorr:1", "", "option-value --dependency 0 after:" },
    { "-d|17", "", "option-value --dependency 0 after:" },
    { "-d|afterok", "", "option-value --dependency 0 after:" },
    { "-d|afterok:", "", "option-value --dependency 0 jobs" },
    { "-d|afterok:1,", "", "option-value --dependency 0 after:" },
    { "-d|after:1+5", "", "option-value --dependency 0 jobs" },
    { "-d|afterok:1:1", "", "option-value --dependency 0 each job once" },
    { "-d|afterok:1:2:3:4:5:6:7:8:9:10:11:12:13:14:15:16", "", "any=0" },
    { "-d|afterok:1:2:3:4:5:6:7:8:9:10:11:12:13:14:15:16:17", "", "option-value --dependency 0 at most 16 jobs" },
    { "-d|afterok:1|-d|afterok:2", "", "waits=afterok:2," },

    /* arrays */
    { "-a|0-9", "", "array=10:0,1,2,3,4,5,6,7,8,9,;atonce=0" },
    { "-a|1,3,5-7:2%4", "", "array=4:1,3,5,7,;atonce=4" },
    { "-a|7,1", "", "array=2:1,7," },
    { "-a|0-10:4", "", "array=3:0,4,8," },
    { "-a|5", "", "array=1:5," },
    { "-a|1,1", "", "option-value --array 0 each index once" },
    { "-a|0-3,2", "", "option-value --array 0 each index once" },
    { "-a|0-1000", "", "array-too-large 1001 1000" },
    { "-a|0-4000000", "", "array-too-large 4000001 1000" },
    { "-a|0-4000001", "", "option-value --array 0" },
    { "-a|3-1", "", "option-value --array 0" },
    { "-a|1-3:0", "", "option-value --array 0" },
    { "-a|-1", "", "option-value --array 0" },
    { "-a|", "", "option-value --array 0" },
    { "-a|1,", "", "option-value --array 0" },
    { "-a|1%0", "", "option-value --array 0" },
    { "-a|1%", "", "option-value --array 0" },
    { "-a|x", "", "option-value --array 0" },
};

static void describe_refusal(const struct refusal *refusal, struct text *out)
{
    text_add(out, refusal_code_text(refusal->code));
    for (int i = 0; i < ARGUMENTS_MAX && refusal->arguments[i].kind; i++) {
        text_add_char(out, ' ');
        refusal_argument_format(&refusal->arguments[i], out);
    }
}

static void describe(const struct job_request *request, struct text *out)
{
    text_add_format(out, ";name=%s;partition=%s;limit=%lld;nodes=%lld;fixed=%d;tasks=%lld;pernode=%lld;cpus=%lld", request->name,
                    request->partition ? request->partition : "-", (long long)request->limit_s, (long long)request->nodes,
                    request->nodes_fixed, (long long)request->tasks, (long long)request->tasks_per_node, (long long)request->cpus_per_task);
    text_add_format(out, ";acc=%lld;accpernode=%lld;pieces=%lld;model=%s;memory=%lld", (long long)request->accelerators,
                    (long long)request->accelerators_per_node, (long long)request->pieces, request->model ? request->model : "-",
                    (long long)request->memory_mib);
    text_add_format(out, ";output=%s;error=%s;folder=%s;all=%d;environment=", request->output ? request->output : "-",
                    request->error ? request->error : "-", request->folder, request->export_all);
    for (int i = 0; i < request->environment.count; i++) text_add_format(out, "%s,", request->environment.items[i]);
    text_add(out, ";waits=");
    for (int i = 0; i < request->wait_count; i++)
        text_add_format(out, "%s:%s,", word_name(&dependency_kind_words, (int)request->waits[i].kind), request->waits[i].job);
    text_add_format(out, ";any=%d;array=%d:", request->wait_any, request->array_count);
    for (int i = 0; i < request->array_count; i++) text_add_format(out, "%d,", request->array[i]);
    text_add_format(out, ";atonce=%d;", request->array_at_once);
}

static struct texts split(const char *text, char at, struct arena *arena)
{
    const char **items = arena_take(arena, sizeof *items * (strlen(text) + 1));
    int count = 0;
    if (!*text) return (struct texts){ items, 0 };
    for (const char *next = text; next; text = next + 1) {
        next = strchr(text, at);
        items[count++] = next ? arena_text_n(arena, text, (size_t)(next - text)) : arena_text(arena, text);
        if (!next) break;
    }
    return (struct texts){ items, count };
}

static const char *const caller[] = { "A=1", "B=2" };

/* What a submission comes to, as the table writes it. */
static const char *outcome_of(const struct job_submit *submit, struct arena *arena)
{
    struct job_request request;
    struct text out;
    text_init(&out, arena);
    struct refusal refusal = job_request_parse(submit, arena, &request);
    if (refusal.code) describe_refusal(&refusal, &out);
    else describe(&request, &out);
    for (int i = 0; i < ARGUMENTS_MAX; i++) {
        if (strlen(refusal.arguments[i].text) < ARGUMENT_TEXT_MAX) continue;
        printf("not ok - words that don't fit a refusal: %s\n", refusal.arguments[i].text);
        return "";
    }
    return out.bytes;
}

static bool outcome_holds(const char *got, const char *wanted, struct arena *arena)
{
    if (!strchr(wanted, '=') || strncmp(wanted, "option-", 7) == 0) return strncmp(got, wanted, strlen(wanted)) == 0;
    struct texts parts = split(wanted, ';', arena);
    for (int i = 0; i < parts.count; i++)
        if (!strstr(got, arena_format(arena, ";%s;", parts.items[i]))) return false;
    return true;
}

static bool rows_hold(struct arena *arena)
{
    for (int i = 0; i < countof(table); i++) {
        arena_reset(arena);
        struct job_submit submit = {
            .name = "jobs/train.sh", .script = arena_format(arena, "#!/bin/bash\n%s", table[i].lines),
            .options = split(table[i].options, '|', arena), .environment = { caller, countof(caller) },
        };
        const char *got = outcome_of(&submit, arena);
        if (outcome_holds(got, table[i].outcome, arena)) continue;
        printf("not ok - request: \"%s\" \"%s\"\n  wanted %s\n  got    %s\n", table[i].options, table[i].lines, table[i].outcome, got);
        return false;
    }
    return true;
}

/* Whole submissions, for what a row of the first table can't say. */
static const struct { const char *script, *name, *environment, *argument, *options, *outcome; } bodies[] = {
    { "#!/bin/sh", "", NULL, NULL, "", "name=job" },
    { "#!/bin/sh", NULL, NULL, NULL, "", "name=job" },
    { "#!/bin/sh", "folder/", NULL, NULL, "", "name=job" },
    { "#!/bin/sh", "train.sh", NULL, NULL, "", "name=train.sh" },
    { "#! /usr/bin/env python3", NULL, NULL, NULL, "", "name=job" },
    { "", NULL, "LD_X=1", NULL, "-x", "script-empty" },
    { " \n\t\r\n", NULL, NULL, NULL, "", "script-empty" },
    { "#!/bin/sh\r\necho\r\n", NULL, NULL, NULL, "-x", "script-not-text" },
    { "echo \xff", NULL, NULL, NULL, "", "script-not-text" },
    { "echo", NULL, "LD_X=1", NULL, "-x", "script-no-interpreter" },
    { "\n#!/bin/sh", NULL, NULL, NULL, "", "script-no-interpreter" },
    { "#!", NULL, NULL, NULL, "", "script-no-interpreter" },
    { "#!bash", NULL, NULL, NULL, "", "script-no-interpreter" },
    { "\xef\xbb\xbf#!/bin/sh", NULL, NULL, NULL, "", "script-no-interpreter" },
    { "#!/bin/sh", NULL, "LD_X=1", "\x01", "-x", "env-not-allowed LD_X" },
    { "#!/bin/sh", NULL, "A", NULL, "", "invalid-value environment" },
    { "#!/bin/sh", NULL, "=1", NULL, "", "invalid-value environment" },
    { "#!/bin/sh", NULL, "A=1\x1b", NULL, "", "invalid-value environment" },
    { "#!/bin/sh", NULL, "A=1\t\n", NULL, "--export=ALL", "environment=A=1\t\n," },
    { "#!/bin/sh", NULL, NULL, "a\x1b", "-x", "invalid-value arguments" },
    { "#!/bin/sh", NULL, NULL, "a b", "", "name=job" },
};

static bool bodies_hold(struct arena *arena)
{
    for (int i = 0; i < countof(bodies); i++) {
        arena_reset(arena);
        struct job_submit submit = {
            .script = bodies[i].script, .name = bodies[i].name, .options = split(bodies[i].options, '|', arena),
            .environment = { &bodies[i].environment, bodies[i].environment != NULL },
            .arguments = { &bodies[i].argument, bodies[i].argument != NULL },
        };
        const char *got = outcome_of(&submit, arena);
        if (outcome_holds(got, bodies[i].outcome, arena)) continue;
        printf("not ok - request: body %d\n  wanted %s\n  got    %s\n", i, bodies[i].outcome, got);
        return false;
    }
    return true;
}

/* Limits that take many words: each at the most that is taken, and one more. */
static bool limit_holds(const char *what, int most, bool beside, struct arena *arena)
{
    for (int more = 0; more < 2; more++) {
        arena_reset(arena);
        struct text text;
        text_init(&text, arena);
        text_add(&text, beside ? "--export=" : "#!/bin/sh\n#SBATCH");
        for (int i = 0; i < most + more; i++)
            text_add_format(&text, beside ? i ? ",V%d=1" : "V%d=1" : " -n%d", i + 1);
        const char *option = text.bytes;
        struct job_submit submit = { .script = beside ? "#!/bin/sh" : text.bytes, .options = { &option, beside } };
        bool taken = strncmp(outcome_of(&submit, arena), "option-value", 12) != 0;
        if (taken == !more) continue;
        printf("not ok - request: %s: %d\n", what, most + more);
        return false;
    }
    return true;
}

static bool bytes_hold(bool arguments, struct arena *arena)
{
    enum { MOST = 32768, PIECE = 4096 };
    for (int more = 0; more < 2; more++) {
        arena_reset(arena);
        const char *items[MOST / PIECE];
        for (int i = 0; i < MOST / PIECE; i++) {
            char *text = arena_take(arena, PIECE + 8);
            memset(text, 'x', PIECE - 1 + (size_t)(more && !i)); /* the 0 counts */
            memcpy(text, "A=", 2);
            text[0] = (char)('A' + i);
            items[i] = text;
        }
        const char *all = "--export=ALL";
        struct texts texts = { items, countof(items) };
        struct job_submit submit = { .script = "#!/bin/sh", .options = { &all, !arguments } };
        *(arguments ? &submit.arguments : &submit.environment) = texts;
        bool taken = outcome_of(&submit, arena)[0] == ';';
        if (taken == !more) continue;
        printf("not ok - request: bytes of %s\n", arguments ? "arguments" : "the environment");
        return false;
    }
    return true;
}

static bool file_names_hold(struct arena *arena)
{
    static const struct { const char *pattern, *name, *path; } rows[] = {
        { "slurm-%j.out", "a", "slurm-17.out" },
        { "%x/%A_%a.out", "a b", "a b/15_3.out" },
        { "%j%%", "a", "17%" },
        { "%x", "..", NULL },
        { "%x", "/etc/passwd", NULL },
        { "%u", "a", NULL },
        { "a%", "a", NULL },
        { "", "a", NULL },
    };
    for (int i = 0; i < countof(rows); i++) {
        const char *path = job_file_name(rows[i].pattern, rows[i].name, 17, 15, 3, arena);
        if (same_text(path, rows[i].path)) continue;
        printf("not ok - file name: %s: %s\n", rows[i].pattern, path ? path : "none");
        return false;
    }
    return true;
}

/* The hash is that of the bytes as they came: sha256sum says the same. */
static bool hash_holds(struct arena *arena)
{
    struct job_submit submit = { .script = "#!/bin/sh\n" };
    struct job_request request;
    return !job_request_parse(&submit, arena, &request).code && request.script == submit.script &&
           same_text(request.script_hash, "a8076d3d28d21e02012b20eaf7dbf75409a6277134439025f282e368e3305abf");
}

int main(void)
{
    struct arena arena;
    arena_init(&arena, 16 * 1024 * 1024);
    bool ok = rows_hold(&arena) && bodies_hold(&arena) && limit_holds("variables", ENVIRONMENT_VARIABLES_MAX, true, &arena) &&
              limit_holds("words", 256, false, &arena) && bytes_hold(false, &arena) && bytes_hold(true, &arena) &&
              file_names_hold(&arena);
    arena_reset(&arena);
    if (ok && !hash_holds(&arena)) printf("not ok - request: the script's hash\n"), ok = false;
    arena_finish(&arena);
    if (ok) printf("ok - request: %d rows\n", countof(table) + countof(bodies));
    return !ok;
}
