#!/usr/bin/env bash
# Two Ray nodes of one core each on this machine, and a study on them.
# On two machines: run the second `ray start` there, with the head's address.
set -euo pipefail
cd "$(dirname "$0")/../.."

trap 'ray stop' EXIT
ray start --head --port=6379 --num-cpus=1 --include-dashboard=false --disable-usage-stats
export RAY_AUTH_MODE=token # what `ray start` asks for; its token stands in ~/.ray/auth_token
head=$(python -c "import socket; print(socket.gethostbyname(socket.gethostname()))")
ray start --address="$head:6379" --num-cpus=1 --disable-usage-stats

tuneit search digits.yaml --cluster auto
