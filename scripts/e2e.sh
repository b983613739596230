#!/usr/bin/env bash
# The scenarios of tests/it on two real ibc-go chains: brings them up, runs, counts, takes them down. On two chains of
# their own, the recorded answers of tests/golden/conformance are compared; on two more, one is upgraded to another id;
# on two more, each goes on twice, and the monitor freezes its clients. Where node is, CosmJS meets the devnet.
# The last line is `N passed, N failed`.
set -euo pipefail
exec </dev/null

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

usage() {
  cat <<'TEXT'
usage: scripts/e2e.sh [OPTIONS]

  --figures     the figures (latency, rate, calls, memory) too
  --all         all of it: the figures, backlogs in full size, chains of ibc-go v11, an hour of a hostile witness
  --only NAME   only this: a file of tests/it/scenario, chain_upgrade, conformance, cosmjs, fork, v11, or witness
  --keep        leave the chains up, and all logs where they are
  --release     run the release build
  --dir DIR     where chains, homes and logs live (default: target/e2e)

LIGHTSHIP_BACKLOG is how many packets a backlog has (default: 500, with --all 5000), LIGHTSHIP_SOAK_SECONDS how long the
witness is hostile (default: 3600).
LIGHTSHIP_BIN names a lightship binary to run instead of building one, LIGHTSHIP_SIMD a chain binary,
LIGHTSHIP_SIMD_V11 one of ibc-go v11.
With LIGHTSHIP_RECORD=1, conformance writes the answers of the real chains down instead of comparing them.
TEXT
}

die() {
  echo "e2e.sh: $*" >&2
  exit 1
}

target=${CARGO_TARGET_DIR:-$root/target}
dir=$target/e2e
only=
all=no
skip=(--skip real::measured)
keep=no
profile=dev
while (($#)); do
  case $1 in
    --figures) skip=() && shift ;;
    --all)
      all=yes && skip=() && shift
      export LIGHTSHIP_BACKLOG=${LIGHTSHIP_BACKLOG:-5000}
      ;;
    --only)
      (($# >= 2)) || die "--only needs a name"
      only=$2 && skip=() && shift 2
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

# Where chains live, one pair each.
readonly places=("$dir" "$dir/conformance" "$dir/upgrade" "$dir/fork" "$dir/v11" "$dir/v11/fork")

chains_down() {
  local place code=0
  for place in "${places[@]}"; do
    scripts/chains.sh down --dir "$place" || code=1
  done
  return "$code"
}

# What follows may fail before a single scenario ran: that counts as a failure too.
passed=0
failed=1
scenarios=
devnet=
finish() {
  local code=$?
  trap - EXIT
  # A group of its own: cargo, the scenarios, the relayers that they run.
  [[ -z $scenarios ]] || kill -TERM -- "-$scenarios" 2>/dev/null || true
  end_devnet
  if [[ $keep == yes ]]; then
    echo "the chains are left up; to end them: scripts/chains.sh down --dir DIR, with each of ${places[*]}"
  else
    chains_down || code=1
  fi
  ((code == 0)) || echo "logs: $dir"
  echo "$passed passed, $failed failed"
  exit "$code"
}
end_devnet() {
  [[ -n $devnet ]] || return 0
  kill -TERM "$devnet" 2>/dev/null || true
  wait "$devnet" || true
  devnet=
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

is_played() { [[ -z $only || $only == "$1" ]]; }
# Only where it is asked for.
is_played_at_last() { [[ $all == yes && -z $only || $only == "$1" ]]; }

scripts/chains.sh build
! is_played_at_last v11 || scripts/chains.sh build --version v11
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

chains_down
for place in "${places[@]}"; do rm -rf "${place:?}/scenarios"; done
rm -rf "${dir:?}/devnet"
mkdir -p "$dir"
log=$dir/scenarios.log
: >"$log"
echo "running $LIGHTSHIP_BIN"

# Runs the tests whose names the arguments select.
play() {
  local code=0
  # shellcheck disable=SC2016 # expanded by the inner shell
  setsid bash -o pipefail -c 'cargo test --locked --workspace --test it -- "$@" 2>&1 | tee -a "$0"' \
    "$log" --include-ignored --test-threads 1 --nocapture "$@" &
  scenarios=$!
  wait "$scenarios" || code=$?
  scenarios=
  return "$code"
}

# The script of calls knows what it makes by name: its chains are fresh, and gone before others are measured.
conformance() {
  local code=0
  scripts/chains.sh up --dir "$dir/conformance" --chains chain-a,chain-b-1 --block-time 500 --tx-index on || return
  LIGHTSHIP_CONFORMANCE_CHAINS=$dir/conformance/chains.json play real::conformance:: || code=$?
  [[ $keep == yes ]] || scripts/chains.sh down --dir "$dir/conformance" || code=1
  return "$code"
}

# One of the two is another chain afterwards.
chain_upgrade() {
  local code=0
  scripts/chains.sh up --dir "$dir/upgrade" --chains chain-a,chain-b-1 --block-time 500 --tx-index off || return
  LIGHTSHIP_UPGRADE_CHAINS=$dir/upgrade/chains.json play real::chain_upgrade:: || code=$?
  [[ $keep == yes ]] || scripts/chains.sh down --dir "$dir/upgrade" || code=1
  return "$code"
}

# Four are left of two: each goes on twice.
fork() {
  local place=$1 version=$2 code=0
  scripts/chains.sh up --dir "$place" --block-time 500 --tx-index off --version "$version" || return
  LIGHTSHIP_FORK_CHAINS=$place/chains.json play real::fork:: || code=$?
  [[ $keep == yes ]] || scripts/chains.sh down --dir "$place" || code=1
  return "$code"
}

# What meets a chain's events, errors, proofs and light client without the probe, which is of v10 alone.
v11() {
  local code=0
  scripts/chains.sh up --dir "$dir/v11" --block-time 500 --tx-index off --version v11 || return
  LIGHTSHIP_CHAINS=$dir/v11/chains.json play real::relay:: real::clear:: real::refund:: real::refresh:: || code=$?
  [[ $keep == yes ]] || scripts/chains.sh down --dir "$dir/v11" || code=1
  fork "$dir/v11/fork" v11 || code=1
  return "$code"
}

# On the devnet: in every run for some minutes, here for the hour.
hostile_witness() {
  LIGHTSHIP_SOAK_SECONDS=${LIGHTSHIP_SOAK_SECONDS:-3600} play misbehaviour::adversary::
}

real_scenarios() {
  local code=0
  # Nothing may need the transaction index: it is off.
  scripts/chains.sh up --dir "$dir" --block-time 500 --tx-index off || return
  LIGHTSHIP_CHAINS=$dir/chains.json play --skip real::conformance --skip real::chain_upgrade --skip real::fork "${skip[@]}" "real::${only:+$only::}" || code=$?
  [[ $keep == yes ]] || scripts/chains.sh down --dir "$dir" || code=1
  return "$code"
}

is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# The first of fourteen free ports in a row: two chains, ten apart.
free_ports() {
  local base port
  while :; do
    base=$((20000 + RANDOM % 10000))
    for ((port = base; port < base + 14; port++)); do
      is_free "$port" || continue 2
    done
    echo "$base" && return
  done
}

# What a wallet does, against chains of the embedded devnet.
cosmjs() {
  local said=$dir/devnet.json deadline=$((SECONDS + 120)) arguments code=0
  npm ci --prefix tests/cosmjs --no-audit --no-fund >"$dir/npm.log" 2>&1 || die "npm ci failed: see $dir/npm.log"
  rm -f "$said"
  "$LIGHTSHIP_BIN" devnet --port "$(free_ports)" --block-time 500 --write-config "$dir/devnet" --json \
    >"$said" 2>"$dir/devnet.log" &
  devnet=$!
  until arguments=$(node tests/cosmjs/arguments.mjs "$said"); do
    kill -0 "$devnet" 2>/dev/null || die "lightship devnet ended: see $dir/devnet.log"
    ((SECONDS < deadline)) || die "lightship devnet did not say how it is reached: see $dir/devnet.log"
    sleep 0.2
  done
  mapfile -t arguments <<<"$arguments"
  node tests/cosmjs/transfer.mjs "${arguments[@]}" || code=$?
  end_devnet
  return "$code"
}

code=0
cosmjs_passed=0
cosmjs_failed=0
if is_played conformance; then
  conformance || code=$?
fi
if is_played cosmjs; then
  if ! command -v node >/dev/null; then
    echo "skipped: CosmJS needs 'node' in PATH"
  elif cosmjs; then
    cosmjs_passed=1
  else
    code=1
    cosmjs_failed=1
  fi
fi
if is_played chain_upgrade; then
  chain_upgrade || code=$?
fi
if is_played fork; then
  fork "$dir/fork" v10 || code=$?
fi
case $only in
  conformance | cosmjs | chain_upgrade | fork | v11 | witness) ;;
  *) real_scenarios || code=$? ;;
esac
if is_played_at_last v11; then
  v11 || code=$?
fi
if is_played_at_last witness; then
  hostile_witness || code=$?
fi
# Other packages may have a test called `it` too: then there is more than one such line.
count() { awk -v what="$1;" '/^test result:/ { for (i = 2; i <= NF; i++) if ($i == what) n += $(i - 1) } END { print n + 0 }' "$log"; }
passed=$(($(count passed) + cosmjs_passed))
failed=$(($(count failed) + cosmjs_failed))
((passed + failed > 0)) || die "no scenario ran: see $log, and tests/it/scenario for their names"
exit "$code"
