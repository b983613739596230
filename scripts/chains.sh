#!/usr/bin/env bash
# Real chains for tests: brings simd chains up on this machine's loopback, and down.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root
readonly source_dir=$root/tests/simd
readonly start_seconds_max=60
readonly stop_seconds_max=20
readonly log_tail_lines=30

# Money of no worth anywhere else: these phrases are public.
readonly account_names=(relayer user rival pauper)
declare -rA mnemonics=(
  [relayer]="arrange lazy ghost timber rate injury digital witness merge hero congress program cook human just possible wise join side excess body bar pizza pumpkin"
  [user]="steel circle keen forget field dutch weasel distance child loud upgrade door govern search uniform busy luxury wasp banana attract history work initial flower"
  [rival]="between table divorce truly track copper border worth area steel village initial remove hybrid top essay hammer arrest rich crunch hint force salute false"
  [pauper]="glimpse blame silver wolf mind bonus wife hockey physical squeeze announce amused weird clutch wrong raise drink option foot camp title entire glove slot"
)
readonly account_coins=1000000000000stake,1000000000000token
readonly validator_coins=10000000000stake
readonly validator_stake=1000000000stake
readonly gas_price=0.001stake
# A memo carries the probe's packets, so the default of 256 is too short.
readonly memo_characters_max=1000000
# Whoever proposes an upgrade does not wait for two days.
readonly voting_period=5s
readonly expedited_voting_period=4s

usage() {
  cat <<'TEXT'
usage: scripts/chains.sh COMMAND [OPTIONS]

  build          build the chain binary
  up             start fresh chains and wait for their first blocks
  down           end every node
  status         print each chain's height, addresses and processes
  stop CHAIN     end one chain's nodes, keep their data
  start CHAIN    start them again at the same addresses
  upgrade CHAIN ID
                 go on under another id, from the state that a halted chain ended with
  fork CHAIN NAME
                 go on twice from its latest block: NAME is a copy, with the validators' keys, under the same id, at
                 other addresses

  --dir DIR             where the chains live (default: target/chains)
  --chains A,B          ids of the chains to bring up (default: chain-a,chain-b)
  --block-time MS       milliseconds between blocks (default: 1000)
  --validators N        validators of each chain, one node each (default: 1)
  --tx-index on|off     whether nodes index transactions (default: on)
  --version v10|v11     of ibc-go: v10.7.0 with CometBFT 0.38 (default), or v11.2.0 with CometBFT 0.39

Binaries are built into target/simd. LIGHTSHIP_SIMD names one to use instead, of v11 LIGHTSHIP_SIMD_V11.
TEXT
}

die() {
  echo "chains.sh: $*" >&2
  exit 1
}

# --- the binary -------------------------------------------------------------

# The sources of a version: v11 is a module of its own, and takes the commands of a node from that of v10.
source_stamp() {
  local module=(! -path './v11/*')
  [[ $1 == v10 ]] || module=(\( -path './v11/*' -o -path './node/*' -o -name 'go.*' \))
  (
    cd "$source_dir"
    find . -type f \( -name '*.go' -o -name go.mod -o -name go.sum \) "${module[@]}" \
      ! -path './cmd/*' ! -name '*_test.go' -print0 |
      LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1
  )
}

build() {
  local named=LIGHTSHIP_SIMD module=$source_dir name=simd release=v10.7.0 go_min=1.24
  [[ $version == v10 ]] || { named=LIGHTSHIP_SIMD_V11 module=$source_dir/v11 name=simd-v11 release=v11.2.0 go_min=1.25.9; }
  if [[ -n ${!named:-} ]]; then
    simd=$(realpath -- "${!named}") || die "$named=${!named}: no such file"
    [[ -x $simd ]] || die "$named=${!named} can't be run"
    return
  fi
  local out=$root/target/simd stamp
  simd=$out/$name
  stamp=$(source_stamp "$version")
  mkdir -p "$out"
  # Two test runs may want the binary at once: one builds, the other waits.
  exec 8>"$out/.lock"
  flock 8
  if [[ ! -x $simd || $(cat "$simd.stamp" 2>/dev/null) != "$stamp" ]]; then
    local go
    go=$(command -v go || true)
    [[ -n $go ]] || die "no 'go' in PATH: install Go $go_min or later, or set $named to a built simd"
    echo "building $simd (some minutes the first time)" >&2
    local variables=github.com/cosmos/cosmos-sdk/version
    (
      cd "$module"
      GOWORK=off CGO_ENABLED=0 "$go" build -o "$simd.new" \
        -ldflags "-s -w -X $variables.Name=simd -X $variables.AppName=simd -X $variables.Version=$release" . 8>&-
    ) || die "the build of $module failed"
    # Nodes may still run the old file.
    mv -f "$simd.new" "$simd"
    echo "$stamp" >"$simd.stamp"
  fi
  exec 8>&-
}

# --- one chain on disk ------------------------------------------------------

# Reads "section key value" lines and sets those keys of a TOML file; the
# section of a key above every table is "-".
edit_toml() {
  local file=$1
  awk '
    NR == FNR { section = $1; key = $2; sub(/^[^ ]+ [^ ]+ /, ""); want[section, key] = $0; next }
    FNR == 1 { section = "-" }
    /^\[/ { section = $0; gsub(/[][ ]/, "", section) }
    match($0, /^[a-z_-]+ *=/) {
      key = substr($0, 1, RLENGTH - 1); sub(/ +$/, "", key)
      if ((section, key) in want) { print key " = " want[section, key]; delete want[section, key]; next }
    }
    { print }
    END { for (left in want) { sub(SUBSEP, " ", left); print "no such key: " left > "/dev/stderr"; exit 1 } }
  ' - "$file" >"$file.new"
  mv "$file.new" "$file"
}

configure_node() {
  local home=$1 chain=$2
  local round_ms=$((block_ms < 200 ? 200 : block_ms)) indexer=kv
  [[ $tx_index == on ]] || indexer=null
  edit_toml "$home/config/config.toml" <<TOML
rpc pprof_laddr ""
p2p addr_book_strict false
p2p allow_duplicate_ip true
p2p pex false
p2p flush_throttle_timeout "10ms"
mempool size 20000
mempool cache_size 40000
consensus timeout_propose "$((round_ms * 2))ms"
consensus timeout_propose_delta "$((round_ms / 2))ms"
consensus timeout_prevote "${round_ms}ms"
consensus timeout_prevote_delta "$((round_ms / 2))ms"
consensus timeout_precommit "${round_ms}ms"
consensus timeout_precommit_delta "$((round_ms / 2))ms"
consensus timeout_commit "${block_ms}ms"
consensus peer_gossip_sleep_duration "10ms"
tx_index indexer "$indexer"
instrumentation prometheus false
TOML
  edit_toml "$home/config/app.toml" <<TOML
- minimum-gas-prices "$gas_price"
- pruning "nothing"
- min-retain-blocks 0
telemetry enabled false
api enable false
grpc enable true
grpc-web enable false
TOML
  edit_toml "$home/config/client.toml" <<TOML
- chain-id "$chain"
- keyring-backend "test"
TOML
}

# Everything of one chain up to the first start of its nodes. The ports come
# as arguments because one call has to pick those of all chains.
prepare_chain() {
  local chain=$1 i home
  shift
  local ports=("$@") directory=$dir/$chain
  local first=$directory/node0
  mkdir -p "$directory"
  printf 'id=%s\nsimd=%s\nvalidators=%s\n' "$chain" "$simd" "$validators" >"$directory/conf"

  for ((i = 0; i < validators; i++)); do
    home=$directory/node$i
    "$simd" init "node$i" --chain-id "$chain" --default-denom stake --home "$home"
    "$simd" keys add validator --keyring-backend test --home "$home"
  done

  sed -i "s/\"max_memo_characters\": \"[0-9]*\"/\"max_memo_characters\": \"$memo_characters_max\"/" \
    "$first/config/genesis.json"
  sed -i -e "s/\"voting_period\": \"[0-9a-z]*\"/\"voting_period\": \"$voting_period\"/" \
    -e "s/\"expedited_voting_period\": \"[0-9a-z]*\"/\"expedited_voting_period\": \"$expedited_voting_period\"/" \
    "$first/config/genesis.json"
  local name address
  for name in "${account_names[@]}"; do
    "$simd" keys add "$name" --recover --keyring-backend test --home "$first" <<<"${mnemonics[$name]}"
    address=$("$simd" keys show "$name" --address --keyring-backend test --home "$first")
    echo "address_$name=$address" >>"$directory/conf"
    [[ $name == pauper ]] || "$simd" genesis add-genesis-account "$address" "$account_coins" --home "$first"
  done
  for ((i = 0; i < validators; i++)); do
    address=$("$simd" keys show validator --address --keyring-backend test --home "$directory/node$i")
    "$simd" genesis add-genesis-account "$address" "$validator_coins" --home "$first"
  done

  mkdir -p "$first/config/gentx"
  for ((i = 0; i < validators; i++)); do
    home=$directory/node$i
    ((i == 0)) || cp "$first/config/genesis.json" "$home/config/genesis.json"
    "$simd" genesis gentx validator "$validator_stake" --chain-id "$chain" --keyring-backend test \
      --ip 127.0.0.1 --home "$home" --output-document "$first/config/gentx/node$i.json"
  done
  "$simd" genesis collect-gentxs --home "$first"

  for ((i = 0; i < validators; i++)); do
    home=$directory/node$i
    ((i == 0)) || cp "$first/config/genesis.json" "$home/config/genesis.json"
    configure_node "$home" "$chain"
  done
  place_nodes "$chain" "${ports[@]}"
}

# Gives the nodes of a chain their addresses, and each other as peers; nobody else.
place_nodes() {
  local chain=$1 i id home peers=()
  shift
  local ports=("$@") directory=$dir/$chain
  for ((i = 0; i < $(recorded "$chain" validators); i++)); do
    id=$("$(recorded "$chain" simd)" comet show-node-id --home "$directory/node$i")
    peers+=("$id@127.0.0.1:${ports[i * 3 + 1]}")
  done
  for i in "${!peers[@]}"; do
    home=$directory/node$i
    local others=("${peers[@]:0:i}" "${peers[@]:i+1}")
    edit_toml "$home/config/config.toml" <<TOML
rpc laddr "tcp://127.0.0.1:${ports[i * 3]}"
p2p laddr "tcp://127.0.0.1:${ports[i * 3 + 1]}"
p2p persistent_peers "$(join , "${others[@]}")"
TOML
    edit_toml "$home/config/app.toml" <<<"grpc address \"127.0.0.1:${ports[i * 3 + 2]}\""
    edit_toml "$home/config/client.toml" <<<"- node \"tcp://127.0.0.1:${ports[i * 3]}\""
    printf 'rpc_%d=%s\ngrpc_%d=%s\n' "$i" "${ports[i * 3]}" "$i" "${ports[i * 3 + 2]}" >>"$directory/conf"
  done
}

join() {
  local IFS=$1
  shift
  echo "$*"
}

# A value that prepare_chain wrote down.
recorded() { sed -n "s/^$2=//p" "$dir/$1/conf"; }

# --- processes --------------------------------------------------------------

# Prints the process of a node if it runs. A pid alone may by now be another's.
node_pid() {
  local home=$1 pid
  pid=$(cat "$home.pid" 2>/dev/null) || return 1
  [[ -n $pid && -r /proc/$pid/cmdline ]] || return 1
  tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -Fxq -- "$home" || return 1
  echo "$pid"
}

node_command() { printf '%s\n' "$(recorded "$1" simd)" start --home "$2" --log_level warn --log_no_color; }

start_nodes() {
  local chain=$1 i home argv descriptor
  for ((i = 0; i < $(recorded "$chain" validators); i++)); do
    home=$dir/$chain/node$i
    mapfile -t argv < <(node_command "$chain" "$home")
    # Nothing of the caller's stays open in the node: a test that reads our
    # output to its end would wait for ever.
    (
      for descriptor in /proc/"$BASHPID"/fd/*; do
        descriptor=${descriptor##*/}
        ((descriptor <= 2)) || exec {descriptor}>&-
      done
      exec setsid "${argv[@]}"
    ) </dev/null >>"$home.log" 2>&1 &
    echo $! >"$home.pid"
  done
}

end_nodes() {
  local home pid homes=() deadline=$((SECONDS + stop_seconds_max))
  for home in "$@"; do
    if pid=$(node_pid "$home"); then
      kill -TERM "$pid" 2>/dev/null || true
      homes+=("$home")
    else
      rm -f "$home.pid"
    fi
  done
  for home in "${homes[@]}"; do
    while pid=$(node_pid "$home"); do
      if ((SECONDS >= deadline)); then
        kill -KILL "$pid" 2>/dev/null || true
      fi
      sleep 0.05
    done
    rm -f "$home.pid"
  done
}

chain_nodes() {
  local i
  for ((i = 0; i < $(recorded "$1" validators); i++)); do echo "$dir/$1/node$i"; done
}

end_chain() {
  local homes
  mapfile -t homes < <(chain_nodes "$1")
  end_nodes "${homes[@]}"
}

# Ids of the chains that live in the directory, whether they run or not.
chains_on_disk() {
  local chain
  while read -r chain; do
    [[ ! -f $dir/$chain/conf ]] || echo "$chain"
  done < <(cat "$dir/chains.list" 2>/dev/null)
}

chain_runs() {
  local home
  while read -r home; do
    ! node_pid "$home" >/dev/null || return 0
  done < <(chain_nodes "$1")
  return 1
}

height() {
  curl -sf --noproxy '*' --max-time 2 "http://127.0.0.1:$1/status" 2>/dev/null |
    sed -n 's/.*"latest_block_height": *"\([0-9]*\)".*/\1/p' | head -n1
}

# Waits until every node of the chain has a block newer than the given height.
wait_for_blocks() {
  local chain=$1 above=$2 i home at deadline=$((SECONDS + start_seconds_max))
  for ((i = 0; i < $(recorded "$chain" validators); i++)); do
    home=$dir/$chain/node$i
    until at=$(height "$(recorded "$chain" "rpc_$i")") && ((${at:-0} > above)); do
      if ! node_pid "$home" >/dev/null; then
        echo "chains.sh: $chain node$i ended; the end of its log:" >&2
      elif ((SECONDS >= deadline)); then
        echo "chains.sh: $chain node$i made no block in ${start_seconds_max}s; the end of its log:" >&2
      else
        sleep 0.1
        continue
      fi
      tail -n "$log_tail_lines" "$home.log" >&2
      return 1
    done
  done
}

# --- what tests read --------------------------------------------------------

json_string() {
  local s=${1//\\/\\\\}
  printf '"%s"' "${s//\"/\\\"}"
}

json_strings() {
  local item items=()
  for item in "$@"; do items+=("$(json_string "$item")"); done
  printf '[%s]' "$(join , "${items[@]}")"
}

chain_json() {
  local chain=$1 i home pid rpc grpc argv pids=() nodes=() keys=() name
  for ((i = 0; i < $(recorded "$chain" validators); i++)); do
    home=$dir/$chain/node$i
    rpc=127.0.0.1:$(recorded "$chain" "rpc_$i")
    grpc=127.0.0.1:$(recorded "$chain" "grpc_$i")
    mapfile -t argv < <(node_command "$chain" "$home")
    # A node that is stopped has none.
    ! pid=$(node_pid "$home") || pids+=("$pid")
    nodes+=("$(printf '"rpc":"http://%s","websocket":"ws://%s/websocket","grpc":"http://%s","home":%s,"node_command":%s,"pid_file":%s,"log_file":%s' \
      "$rpc" "$rpc" "$grpc" "$(json_string "$home")" "$(json_strings "${argv[@]}")" \
      "$(json_string "$home.pid")" "$(json_string "$home.log")")")
  done
  for name in "${account_names[@]}"; do
    keys+=("$(printf '"%s":{"address":"%s","mnemonic":"%s"}' "$name" "$(recorded "$chain" "address_$name")" "${mnemonics[$name]}")")
  done
  # The published node's fields stand in the chain itself as well.
  printf '{"name":"%s","id":"%s",%s,"pids":[%s],"denom":"stake","prefix":"cosmos","gas_price":"%s","keys":{%s},"nodes":[{%s}]}' \
    "$chain" "$(recorded "$chain" id)" "${nodes[0]}" "$(join , "${pids[@]}")" "$gas_price" "$(join , "${keys[@]}")" \
    "$(printf '%s\n' "${nodes[@]}" | paste -sd'|' | sed 's/|/},{/g')"
}

write_json() {
  local chain entries=()
  while read -r chain; do entries+=("$(chain_json "$chain")"); done < <(chains_on_disk)
  {
    printf '[\n'
    join $'\n' "${entries[@]}" | sed '$!s/$/,/'
    printf ']\n'
  } >"$dir/chains.json.new"
  mv "$dir/chains.json.new" "$dir/chains.json"
}

print_chain() {
  local chain=$1 at pids=() home
  while read -r home; do pids+=("$(node_pid "$home" || echo -)"); done < <(chain_nodes "$chain")
  at=$(height "$(recorded "$chain" rpc_0)" || true)
  printf '%s  rpc http://127.0.0.1:%s  grpc http://127.0.0.1:%s  height %s  pids %s  home %s\n' \
    "$chain" "$(recorded "$chain" rpc_0)" "$(recorded "$chain" grpc_0)" "${at:--}" "$(join , "${pids[@]}")" "$dir/$chain/node0"
}

# --- commands ---------------------------------------------------------------

up() {
  local chain others ports list=()
  IFS=, read -ra list <<<"$chains"
  for chain in "${list[@]}"; do
    [[ $chain =~ ^[A-Za-z0-9][A-Za-z0-9-]*$ ]] || die "not a chain id: '$chain'"
  done
  mapfile -t others < <(chains_on_disk)
  for chain in "${others[@]}"; do
    ! chain_runs "$chain" || die "$dir is already up ($chain runs): 'scripts/chains.sh down --dir $dir' ends it"
  done
  build
  for chain in "${others[@]}"; do rm -rf "${dir:?}/$chain" "$dir/$chain.prepare.log"; done
  for chain in "${list[@]}"; do
    [[ ! -e $dir/$chain ]] || die "$dir/$chain is in the way and isn't a chain of ours"
  done

  local each=$((3 * validators)) i jobs=() failed=()
  mapfile -t ports < <("$simd" free-ports $((each * ${#list[@]})))
  ((${#ports[@]} == each * ${#list[@]})) || die "'$simd free-ports' gave too few ports"
  trap 'take_down' EXIT
  printf '%s\n' "${list[@]}" >"$dir/chains.list"
  for i in "${!list[@]}"; do
    prepare_chain "${list[i]}" "${ports[@]:i*each:each}" >"$dir/${list[i]}.prepare.log" 2>&1 &
    jobs+=($!)
  done
  for i in "${!list[@]}"; do
    wait "${jobs[i]}" || failed+=("${list[i]}")
  done
  for chain in "${failed[@]}"; do tail -n "$log_tail_lines" "$dir/$chain.prepare.log" >&2; done
  ((${#failed[@]} == 0)) || die "not prepared: ${failed[*]}"
  for chain in "${list[@]}"; do start_nodes "$chain"; done
  for chain in "${list[@]}"; do wait_for_blocks "$chain" 0 || die "$chain did not start"; done
  write_json
  trap - EXIT
  for chain in "${list[@]}"; do print_chain "$chain"; done
  echo "$dir/chains.json"
}

take_down() {
  local chain
  while read -r chain; do end_chain "$chain"; done < <(chains_on_disk)
}

status() {
  local chain
  while read -r chain; do print_chain "$chain"; done < <(chains_on_disk)
}

stop() {
  end_chain "$1"
  write_json
}

start() {
  ! chain_runs "$1" || die "$1 runs already"
  start_nodes "$1"
  wait_for_blocks "$1" 0 || {
    end_chain "$1"
    die "$1 did not start"
  }
  write_json
  print_chain "$1"
}

# What an upgrade is that changes a chain's id: its state becomes the genesis of a new chain with the same validators.
upgrade() {
  local chain=$1 new_name=$2 i home first=$dir/$2/node0
  [[ ! -e $dir/$new_name ]] || die "$dir/$new_name is there already"
  end_chain "$chain"
  mv "$dir/$chain" "$dir/$new_name"
  sed -i "s/^id=.*/id=$new_name/" "$dir/$new_name/conf"
  sed -i "s/^$chain\$/$new_name/" "$dir/chains.list"
  "$(recorded "$new_name" simd)" export --home "$first" --output-document "$dir/$new_name/genesis.json"
  sed -i -e "s/^\(  \"chain_id\": \)\"[^\"]*\"/\1\"$new_name\"/" \
    -e "s/^\( *\"genesis_time\": \)\"[^\"]*\"/\1\"$(date -u +%Y-%m-%dT%H:%M:%S.%NZ)\"/" "$dir/$new_name/genesis.json"
  while read -r home; do
    cp "$dir/$new_name/genesis.json" "$home/config/genesis.json"
    "$(recorded "$new_name" simd)" comet unsafe-reset-all --home "$home" --keep-addr-book 2>>"$home.log"
    edit_toml "$home/config/client.toml" <<<"- chain-id \"$new_name\""
  done < <(chain_nodes "$new_name")
  start "$new_name"
}

# What validators do who sign two chains from one block on: the copy has their keys, and what they had signed so far.
fork() {
  local chain=$1 name=$2 ports i each
  [[ ! -e $dir/$name ]] || die "$dir/$name is there already"
  each=$((3 * $(recorded "$chain" validators)))
  # At rest, so that the copy is of one moment.
  end_chain "$chain"
  cp -R "$dir/$chain" "$dir/$name"
  rm -f "$dir/$name"/node*.log
  sed -i -E '/^g?rpc_/d' "$dir/$name/conf"
  echo "$name" >>"$dir/chains.list"
  start "$chain"
  # Now that the chain's own ports are taken again.
  mapfile -t ports < <("$(recorded "$chain" simd)" free-ports "$each")
  ((${#ports[@]} == each)) || die "'free-ports' gave too few ports"
  place_nodes "$name" "${ports[@]}"
  start "$name"
}

(($#)) || { usage >&2 && exit 1; }
command=$1
shift

dir=$root/target/chains
chains="chain-a,chain-b"
block_ms=1000
validators=1
tx_index=on
version=v10
chain=
new_name=

while (($#)); do
  case $1 in
    --dir | --chains | --block-time | --validators | --tx-index | --version)
      (($# >= 2)) || die "$1 needs a value"
      ;;&
    --dir) dir=$2 && shift 2 ;;
    --chains) chains=$2 && shift 2 ;;
    --block-time) block_ms=$2 && shift 2 ;;
    --validators) validators=$2 && shift 2 ;;
    --tx-index) tx_index=$2 && shift 2 ;;
    --version) version=$2 && shift 2 ;;
    -*) die "unknown option $1" ;;
    *)
      if [[ -z $chain ]]; then
        chain=$1
      elif [[ $command == upgrade || $command == fork ]] && [[ -z $new_name ]]; then
        new_name=$1
      else
        die "one chain at a time"
      fi
      shift
      ;;
  esac
done
[[ $block_ms =~ ^[1-9][0-9]*$ ]] || die "--block-time is a number of milliseconds"
[[ $validators =~ ^[1-9][0-9]*$ ]] || die "--validators is a number, 1 or more"
[[ $tx_index == on || $tx_index == off ]] || die "--tx-index is on or off"
[[ $version == v10 || $version == v11 ]] || die "--version is v10 or v11"
command -v curl >/dev/null || die "no 'curl' in PATH: install it"

case $command in
  up) mkdir -p "$dir" ;;
  down | status) [[ -d $dir ]] || exit 0 ;;
  stop | start) [[ -n $chain ]] || die "$command needs a chain's id" ;;
  upgrade | fork)
    [[ -n $chain && $new_name =~ ^[A-Za-z0-9][A-Za-z0-9-]*$ ]] || die "$command needs a chain's name and another one"
    ;;
  build) build && exit ;;
  -h | --help | help) usage && exit ;;
  *) die "unknown command $command" ;;
esac
[[ -d $dir ]] || die "no chains in $dir"
dir=$(cd "$dir" && pwd)

if [[ $command != status ]]; then
  # One change to the directory at a time.
  exec 9>"$dir/.lock"
  flock 9
fi
case $command in
  up) up ;;
  down) take_down ;;
  status) status ;;
  stop | start | upgrade | fork)
    [[ -f $dir/$chain/conf ]] || die "no chain '$chain' in $dir"
    "$command" "$chain" ${new_name:+"$new_name"}
    ;;
esac
