#!/usr/bin/env bash
#SBATCH --job-name=tuneit
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=16
#SBATCH --gpus-per-task=1
#SBATCH --time=02:00:00
# Not run by us, for want of a SLURM cluster. `ray symmetric-run` starts Ray on each node, runs the
# command on the first one, and stops Ray when it ends. A job that is cut off resumes when it is
# submitted again: the ledger is in the study's folder.
set -euo pipefail

first=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
srun --nodes="$SLURM_JOB_NUM_NODES" --ntasks="$SLURM_JOB_NUM_NODES" \
    ray symmetric-run \
    --address "$first:6379" \
    --min-nodes "$SLURM_JOB_NUM_NODES" \
    --num-cpus="$SLURM_CPUS_PER_TASK" \
    --num-gpus=1 \
    -- tuneit search study.yaml --cluster auto --set cluster.resources.cpus=4 \
    --set cluster.resources.gpus=0.25
