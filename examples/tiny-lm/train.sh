#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Compiles the trainer and runs it; run it again with the same folder and it continues.
#SBATCH --job-name=tiny-lm
#SBATCH --ntasks=1
#SBATCH --gpus=1
#SBATCH --time=00:02:00
set -eu
cc -O2 -o train train.c -lm
exec ./train "$@" # the job's signals have to reach the trainer, not this shell
