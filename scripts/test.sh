#!/usr/bin/env bash
# All that must hold before a change is kept. CI runs this and nothing else.
set -euo pipefail
exec </dev/null

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly target=${CARGO_TARGET_DIR:-$PWD/target}
mkdir -p "$target"
readonly summaries=$target/test-summaries.log
: >"$summaries"

stage_name=start
stage() {
  stage_name=$1
  shift
  echo "== $stage_name"
  local from=$SECONDS
  "$@"
  echo "== $stage_name: $((SECONDS - from)) s"
}

# Runs a command in such a way that a signal to this script need not wait for its end.
interruptible() {
  local code=0
  setsid "$@" &
  running=$!
  wait "$running" || code=$?
  running=
  return "$code"
}

chain_build=
running=
finish() {
  local code=$?
  trap - EXIT
  # Groups of their own, so that compilers and tests end with them. The end-to-end run takes its chains down itself.
  [[ -z $chain_build ]] || kill -TERM -- "-$chain_build" 2>/dev/null || true
  [[ -z $running ]] || { kill -TERM -- "-$running" 2>/dev/null && wait "$running"; } || true
  ((code == 0)) || echo "test.sh: failed in: $stage_name" >&2
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

has_go() { command -v go >/dev/null; }
if ! has_go && [[ ${CI:-} == true ]]; then
  echo "test.sh: no 'go' in PATH: the end-to-end run can't be left out here" >&2
  exit 1
fi

# The chain binary takes minutes the first time, and leaves gaps that the Rust build fills, and the other way round.
if has_go; then
  setsid scripts/chains.sh build >"$target/chain-build.log" 2>&1 &
  chain_build=$!
fi

doc() { RUSTDOCFLAGS="-D warnings" interruptible cargo doc --locked --workspace --no-deps; }

tests() {
  # Binaries too: the tests of the command line run the real one, the end-to-end run as well.
  interruptible cargo build --locked --workspace --all-targets
  # shellcheck disable=SC2016 # expanded by the inner shell
  LIGHTSHIP_BIN=$target/debug/lightship interruptible bash -o pipefail -c \
    'cargo test --locked --workspace 2>&1 | tee "$0"' "$target/cargo-test.log"
  grep '^test result:' "$target/cargo-test.log" | grep -v ' 0 passed; 0 failed; 0 ignored' >>"$summaries" || true
}

# Advisories change without a change of ours: they are the release's business.
deny() {
  if command -v cargo-deny >/dev/null; then
    cargo deny --locked --all-features check bans licenses sources
  else
    echo "skipped: no cargo-deny"
  fi
}

simd() {
  if ! wait "$chain_build"; then
    chain_build=
    cat "$target/chain-build.log" >&2
    return 1
  fi
  chain_build=
  local unformatted
  unformatted=$(gofmt -l tests/simd)
  [[ -z $unformatted ]] || {
    echo "not formatted: $unformatted" >&2
    return 1
  }
  interruptible bash -c 'cd tests/simd && export GOWORK=off CGO_ENABLED=0 && go vet ./... && go test ./...'
}

stage format cargo fmt --all --check
stage layers scripts/layers.sh
stage clippy interruptible cargo clippy --locked --workspace --all-targets -- -D warnings
stage doc doc
stage tests tests
stage deny deny
if has_go; then
  stage simd simd
  cat "$summaries"
  stage_name=e2e
  # Last, and nothing behind it: its last line is the count.
  interruptible scripts/e2e.sh --figures
else
  cat "$summaries"
  echo "skipped: the end-to-end run and the comparison with ibc-go (tests/oracle) need 'go' in PATH"
fi
