#!/usr/bin/env bash
# The scenarios of tests/it on two real ibc-go chains: brings them up, runs, counts, takes them down.
# The last line is `N passed, N failed`.
set -euo pipefail
exec </dev/null

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

usage() {
  cat <<'TEXT'
usage: scripts/e2e.sh [OPTIONS]

  --all         the figures (latency, rate, calls, memory) too
  --only NAME   only this scenario: a file of tests/it/scenario
  --keep        leave the chains up, and all logs where they are
  --release     run the release build
  --dir DIR     where chains, homes and logs live (default: target/e2e)

LIGHTSHIP_BIN names a lightship binary to run instead of building one, LIGHTSHIP_SIMD a chain binary.
TEXT
}

die() {
  echo "e2e.sh: $*" >&2
  exit 1
}

target=${CARGO_TARGET_DIR:-$root/target}
dir=$target/e2e
only=real::
skip=(--skip real::measured)
keep=no
profile=dev
while (($#)); do
  case $1 in
    --all) skip=() && shift ;;
    --only)
      (($# >= 2)) || die "--only needs a name"
      only=real::$2:: && skip=() && shift 2
      ;;
    --keep) keep=yes && shift ;;
    --release) profile=release && shift ;;
    --dir)
      (($# >= 2)) || die "--dir needs a directory"
      dir=$2 && shift 2
      ;;
    -h | --help) usage && exit ;;
    *) usage >&2 && exit 1 ;;
  esac
done

# What follows may fail before a single scenario ran: that counts as a failure too.
passed=0
failed=1
scenarios=
finish() {
  local code=$?
  trap - EXIT
  # A group of its own: cargo, the scenarios, the relayers that they run.
  [[ -z $scenarios ]] || kill -TERM -- "-$scenarios" 2>/dev/null || true
  if [[ $keep == yes ]]; then
    echo "the chains are left up: scripts/chains.sh down --dir $dir"
  else
    scripts/chains.sh down --dir "$dir" || code=1
  fi
  ((code == 0)) || echo "logs: $dir"
  echo "$passed passed, $failed failed"
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

scripts/chains.sh build
# The test and the binary in one call, with the features of the whole workspace: nothing is compiled twice.
cargo build --locked --workspace --bin lightship --test it
if [[ -z ${LIGHTSHIP_BIN:-} ]]; then
  LIGHTSHIP_BIN=$target/debug/lightship
  if [[ $profile == release ]]; then
    cargo build --locked --release --package lightship
    LIGHTSHIP_BIN=$target/release/lightship
  fi
fi
[[ -x $LIGHTSHIP_BIN ]] || die "LIGHTSHIP_BIN=$LIGHTSHIP_BIN can't be run"
LIGHTSHIP_BIN=$(realpath "$LIGHTSHIP_BIN")
export LIGHTSHIP_BIN

scripts/chains.sh down --dir "$dir"
rm -rf "${dir:?}/scenarios"
# Nothing may need the transaction index: it is off.
scripts/chains.sh up --dir "$dir" --block-time 1000 --tx-index off
export LIGHTSHIP_CHAINS=$dir/chains.json

echo "running $LIGHTSHIP_BIN"
log=$dir/scenarios.log
code=0
# shellcheck disable=SC2016 # expanded by the inner shell
setsid bash -o pipefail -c 'cargo test --locked --workspace --test it -- "$@" 2>&1 | tee "$0"' \
  "$log" --ignored --test-threads 1 --nocapture "${skip[@]}" "$only" &
scenarios=$!
wait "$scenarios" || code=$?
scenarios=
# Other packages may have a test called `it` too: then there is more than one such line.
count() { awk -v what="$1;" '/^test result:/ { for (i = 2; i <= NF; i++) if ($i == what) n += $(i - 1) } END { print n + 0 }' "$log"; }
passed=$(count passed)
failed=$(count failed)
((passed + failed > 0)) || die "no scenario ran: see $log, and tests/it/scenario for their names"
exit "$code"
