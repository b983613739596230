#!/usr/bin/env bash
# The arrows of the house: who may depend on whom, which crates stay pure, where a clock is read.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly pure=(types light-client engine)
readonly impure='tokio tokio-util tonic sled reqwest axum hyper tokio-tungstenite mio socket2 getrandom'
readonly lines_max=500

# What each crate may name of ours in a normal dependency. The tests are free to name every crate.
declare -rA may_name=(
  [proto]=""
  [types]="proto"
  [light-client]="types proto"
  [engine]="types"
  [store]="engine light-client types"
  [keyring]="types proto"
  [chain]="types proto"
  [devnet]="light-client types proto"
  [relayer]="chain store keyring light-client engine types proto"
  [cli]="relayer devnet chain store keyring light-client engine types proto"
)

# The files that may read a clock, and why:
readonly clocks=(
  crates/relayer/src/clock.rs # the process's one clock
  crates/devnet/src/clock.rs  # what the chains of a devnet take their time from
  crates/chain/src/timer.rs   # how long a node is waited for; it tells no time of day
  tests/src/deadline.rs       # how long a test waits for another process
)

broken=0
refuse() {
  echo "layers.sh: $*" >&2
  broken=1
}

# Names of every crate that a package links, features of the rest of the workspace left out.
linked() { cargo tree --quiet --locked -e normal --no-dedupe --prefix none --format '{p}' -p "$1" | cut -d' ' -f1 | sort -u; }

check_pure() {
  local name tree word
  for name in "${pure[@]}"; do
    tree=$(linked "lightship-$name")
    for word in $impure; do
      ! grep -qx -- "$word" <<<"$tree" || refuse "lightship-$name is pure, but links $word"
    done
  done
}

check_arrows() {
  local manifest folder package used name
  for manifest in cli/Cargo.toml crates/*/Cargo.toml; do
    folder=$(basename "$(dirname "$manifest")")
    package=$(sed -n 's/^name *= *"\(.*\)"/\1/p' "$manifest" | head -n1)
    if [[ -z ${may_name[$folder]+listed} ]]; then
      refuse "$folder has no line in may_name: say what it may depend on"
      continue
    fi
    used=$(cargo tree --quiet --locked -e normal --depth 1 --prefix none --format '{p}' -p "$package" |
      tail -n +2 | sed -n 's/^lightship-\([a-z-]*\) .*/\1/p' | sort -u)
    for name in $used; do
      [[ " ${may_name[$folder]} " == *" $name "* ]] || refuse "$folder may not depend on $name"
    done
  done
}

# sled is reached through the store alone; who links it must link the store.
check_sled() {
  local parents
  parents=$(cargo tree --quiet --locked --workspace -e normal --depth 1 --prefix depth --format ' {p}' -i sled |
    sed -n 's/^1 \([^ ]*\) .*/\1/p' | sort -u)
  [[ $parents == lightship-store ]] || refuse "sled is named by: ${parents//$'\n'/ }; only lightship-store may"
}

sources() { find cli crates tests -name '*.rs' -not -path '*/gen/*' -not -path '*/target/*' | LC_ALL=C sort; }

check_clocks() {
  local hits clock
  hits=$(sources | xargs grep -nE '\b(Instant|SystemTime|Utc|OffsetDateTime)::now(_utc|_local)?\b' || true)
  for clock in "${clocks[@]}"; do hits=$(grep -v "^$clock:" <<<"$hits" || true); done
  [[ -z $hits ]] || refuse "a clock is read outside of ${clocks[*]}:"$'\n'"$hits"
}

check_sizes() {
  local file lines
  while read -r file; do
    lines=$(wc -l <"$file")
    ((lines <= lines_max)) || refuse "$file has $lines lines; over $lines_max is two files"
  done < <(sources)
  [[ -z $(find cli crates tests -name mod.rs -not -path '*/target/*') ]] || refuse "mod.rs: name.rs and name/ instead"
}

check_pure
check_arrows
check_sled
check_clocks
check_sizes
((broken == 0)) || exit 1
echo "layers hold"
