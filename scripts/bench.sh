#!/usr/bin/env bash
# Latency, rate, calls, memory and processor time on two real chains, with the release build.
exec "$(dirname "${BASH_SOURCE[0]}")/e2e.sh" --release --only measured "$@"
