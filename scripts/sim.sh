#!/bin/sh
# The simulation of the engine over N seeds from FIRST on: scripts/sim.sh N [FIRST]
# A failing seed prints how to replay it; LIGHTSHIP_SIM_TRACE=1 with that command prints every event and step.
set -eu
if [ $# -lt 1 ] || [ $# -gt 2 ]; then
    echo "usage: scripts/sim.sh N [FIRST]" >&2
    exit 64
fi
cd "$(dirname "$0")/.."
LIGHTSHIP_SIM_SEEDS=$1 LIGHTSHIP_SIM_FIRST=${2:-0} \
    exec cargo test -p lightship-tests --test sim -- every_packet_ends_in_every_seed --nocapture
