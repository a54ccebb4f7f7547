# shellcheck shell=bash
# A small election of real processes, made with urna-ca as docs/operator.md tells: the centre on a PostgreSQL of
# its own, a powiat, a gmina, two precincts. Everything lies under $W and ends with the test, however it ends.

POSTGRES=/usr/lib/postgresql/15/bin
UNITS=(PL 140100 140101 140101-1 140101-2)

say() { echo "[$SECONDS s] $*"; }
fail() {
  say "FAILED: $*" >&2
  exit 1
}

# ---- the test's own life ----

is_alive() {
  local state
  state=$(sed -E 's/^.*\) (.).*$/\1/' "/proc/$1/stat" 2>/dev/null) || return 1
  [ -n "$state" ] && [ "$state" != Z ]
}

# Waits up to $1 seconds until the command succeeds.
eventually() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    if [ $SECONDS -ge $end ]; then return 1; fi
    sleep 0.1
  done
}

ended() { ! is_alive "$1"; }

# Ends what is named in $1/pids, each by its number, servers of the database last, then the folder. A number
# whose program does not name the folder any more is somebody else's.
clean_up() {
  local folder=$1 file pid signal
  for signal in CONT TERM INT KILL; do
    for file in "$folder"/pids/*; do
      [ -f "$file" ] || continue
      pid=$(<"$file")
      if is_alive "$pid" && grep -qaF -- "$folder" "/proc/$pid/cmdline" 2>/dev/null; then
        kill -s $signal "$pid" 2>/dev/null || true
        if [ $signal != CONT ]; then eventually 10 ended "$pid" || true; fi
      fi
    done
  done
  # Who was started and not written down yet: its command names the folder, whose name is nobody else's. Twice, for
  # what such a one started meanwhile.
  for _ in 1 2; do
    for file in /proc/[0-9]*; do
      pid=${file#/proc/}
      if [ "$pid" = $$ ] || [ "$pid" = "$BASHPID" ] || ! is_alive "$pid"; then continue; fi
      if ! grep -qaF -- "$folder" "$file/cmdline" 2>/dev/null || grep -qa janitor "$file/cmdline"; then continue; fi
      kill -KILL "$pid" 2>/dev/null || true
    done
  done
  for file in "$folder"/disk*; do
    if [ -d "$file" ]; then umount --lazy "$file" 2>/dev/null || true; fi
  done
  rm -rf -- "$folder" || { sleep 1; rm -rf -- "$folder"; } || true
}

begin_world() {
  W=$(mktemp -d "${TMPDIR:-/tmp}/urna-runbooks-XXXXXX")
  chmod 755 "$W"
  mkdir "$W/pids" "$W/logs" "$W/sealed" "$W/backups" "$W/stick" "$W/office"
  export W
  # Ends everything when this process is gone, whatever ended it. Nobody's child, so that it outlives also who
  # ends this process with all its children.
  # shellcheck disable=SC2016
  (setsid bash -c 'source "$1"; tail --pid="$2" -s 0.2 -f /dev/null; clean_up "$3"' janitor \
    "${BASH_SOURCE[0]}" $$ "$W" </dev/null >/dev/null 2>&1 &)
  trap 'end_world $?' EXIT
  trap 'exit 1' HUP INT TERM
}

end_world() {
  if [ "$1" -ne 0 ] && [ -n "${W:-}" ]; then
    for log in "$W"/logs/*; do
      [ -s "$log" ] || continue
      echo "---- the end of $(basename "$log")"
      tail -n 3 "$log" | cut -c 1-300
    done >&2
  fi
  clean_up "$W"
}

# ---- PostgreSQL: a cluster is a folder; it listens on a socket in it and nowhere else ----

as_postgres() {
  if [ "$(id -u)" -eq 0 ]; then
    setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"
  else
    "$@"
  fi
}

cluster_folder() {
  mkdir -m 700 "$1"
  if [ "$(id -u)" -eq 0 ]; then chown postgres: "$1"; fi
}

make_cluster() {
  cluster_folder "$1"
  as_postgres "$POSTGRES/initdb" --pgdata="$1/data" --username=postgres --auth=trust --encoding=UTF8 \
    --no-locale --no-sync >"$W/logs/initdb" 2>&1 || fail "initdb"
}

answers() { psql --no-psqlrc --quiet --dbname="$1" --command='SELECT 1' >/dev/null 2>&1; }

start_cluster() {
  local folder=$1
  as_postgres setsid "$POSTGRES/postgres" -D "$folder/data" -c listen_addresses= \
    -c unix_socket_directories="$folder" -c max_connections=40 "${@:2}" \
    </dev/null >>"$W/logs/$(basename "$folder")" 2>&1 &
  eventually 60 answers "host=$folder user=postgres dbname=postgres" || fail "PostgreSQL in $folder does not answer"
  head -n 1 "$folder/data/postmaster.pid" >"$W/pids/z-$(basename "$folder")"
}

# At once and without a word, as when the machine goes.
kill_cluster() {
  local file pid
  file=$W/pids/z-$(basename "$1")
  pid=$(<"$file")
  kill -QUIT "$pid"
  eventually 30 ended "$pid" || fail "PostgreSQL in $1 does not end"
  rm "$file"
}

sql() { psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 --dbname="$1" --command="$2"; }

# ---- the election ----

program_of() {
  case $1 in
    PL) echo urna-central ;;
    *-*) echo urna-precinct ;;
    *) echo urna-territorial ;;
  esac
}

# upstream UNIT... as it stands in a configuration.
upstreams() {
  local unit
  for unit in "$@"; do printf '[[upstream]]\nunit = "%s"\naddress = "unix:%s/%s.socket"\n' "$unit" "$W" "$unit"; done
}

# configure UNIT [UPSTREAM...]
configure() {
  local unit=$1
  shift
  mkdir -p "$W/$unit"
  {
    printf '%s\n' 'data = "data"' 'definition = "definition.urna"' '[identity]' 'anchors = "trust.pem"' \
      'certificate = "node.crt"' 'key = "node.key"'
    if [[ $unit != *-* ]]; then
      printf '%s\n' '[uplink]' "listen = \"unix:$W/$unit.socket\"" 'address_file = "uplink.address"' \
        '[http]' 'listen = "127.0.0.1:0"' 'address_file = "http.address"'
    fi
    if [ "$unit" = PL ]; then printf '%s\n' '[database]' "connection = \"$CONNECTION\""; fi
    printf '%s\n' '[sending]' 'retry_ms = 100'
    if [ "$unit" != PL ]; then echo 'failover_ms = 3000'; fi
    upstreams "$@"
  } >"$W/$unit/urna.toml"
}

issue_node() {
  local role=territorial-node
  case $1 in
    PL) role=central-node ;;
    *-*) role="precinct-node" ;;
  esac
  urna-ca issue-node --dir "$W/office/authorities" --unit "$1" --role $role --out "$2" --unencrypted >/dev/null
}

issue_licence() {
  urna-ca issue-licence --dir "$W/office/authorities" --unit "$1" --role "$2" --out "$3" --unencrypted >/dev/null
}

# Authorities, definition, keys, configurations, and a sealed copy of each machine's folder as it is before the
# evening.
make_election() {
  local unit
  python3 "$HERE/papers.py" "$ROOT/docs/operator.md" "$W/office"
  urna-ca init --dir "$W/office/authorities" --election alfa-rehearsal --root-unit PL --unencrypted >/dev/null
  issue_licence PL national-commission "$W/office/national"
  urna-ca definition --dir "$W/office/authorities" --from "$W/office/election.json" --by "$W/office/national" \
    --out "$W/office/definition.urna" >"$W/office/definition.said"
  STATEMENT=$(grep -oE 'statement [0-9a-f]{64}' "$W/office/definition.said" | cut -d ' ' -f 2)
  export STATEMENT
  configure PL
  configure 140100 PL
  configure 140101 140100 PL
  configure 140101-1 140101 140100
  configure 140101-2 140101 140100
  for unit in "${UNITS[@]}"; do
    issue_node "$unit" "$W/$unit/node"
    cp "$W/office/authorities/trust.pem" "$W/office/definition.urna" "$W/$unit/"
    cp -a "$W/$unit" "$W/sealed/$unit"
  done
  issue_licence 140101-1 chair "$W/office/chair-1"
  issue_licence 140101-2 chair "$W/office/chair-2"
  issue_licence 140101 plenipotentiary "$W/office/gmina"
  cp -a "$W/office/authorities" "$W/sealed/authorities"
}

# ---- machines ----

serve() {
  local unit=$1 program
  program=$(program_of "$unit")
  if [ "$program" = urna-precinct ]; then
    setsid "$program" run --config "$W/$unit/urna.toml" </dev/null >>"$W/logs/$unit" 2>&1 &
    echo $! >"$W/pids/$unit"
    # A command that only looks must not come before it: it would hold the folder.
    eventually 30 has_folder "$unit" "$!" || { echo "$unit does not run" >&2; return 1; }
    return
  fi
  rm -f "$W/$unit/uplink.address" "$W/$unit/http.address"
  setsid "$program" serve --config "$W/$unit/urna.toml" </dev/null >>"$W/logs/$unit" 2>&1 &
  echo $! >"$W/pids/$unit"
  eventually 30 is_serving "$unit" "$!" || true
  if [ ! -s "$W/$unit/http.address" ]; then
    echo "$unit does not serve: $(tail -n 1 "$W/logs/$unit")" >&2
    return 1
  fi
}

# As a service manager does it: returns at once, and the server listens some time later. Its address is known before.
begin_serving() {
  local unit=$1 port
  # Below those the system gives away by itself: nobody else takes it meanwhile.
  port=$(python3 -c 'import random, socket
while True:
    with socket.socket() as one:
        port = random.randrange(20_000, 32_000)
        if one.connect_ex(("127.0.0.1", port)) != 0:
            print(port)
            break')
  sed -i "s|^listen = \"127\..*|listen = \"127.0.0.1:$port\"|" "$W/$unit/urna.toml"
  rm -f "$W/$unit/uplink.address"
  echo "127.0.0.1:$port" >"$W/$unit/http.address"
  # shellcheck disable=SC2016
  setsid bash -c 'sleep 1; exec "$@"' late "$(program_of "$unit")" serve --config "$W/$unit/urna.toml" \
    </dev/null >>"$W/logs/$unit" 2>&1 &
  echo $! >"$W/pids/$unit"
}

has_folder() { [ "$(cat "$W/$1/data/lock" 2>/dev/null)" = "$2" ]; }

is_serving() { [ -s "$W/$1/http.address" ] || ended "$2"; }

halt() {
  local pid
  if [ ! -f "$W/pids/$1" ]; then return; fi
  pid=$(<"$W/pids/$1")
  kill "$pid" 2>/dev/null || true
  eventually 30 ended "$pid" || { echo "$1 does not stop" >&2; return 1; }
  rm "$W/pids/$1"
}

crash() {
  local pid
  pid=$(<"$W/pids/$1")
  kill -KILL "$pid"
  eventually 30 ended "$pid" || fail "$1 does not die"
  rm "$W/pids/$1"
}

# The machine with all that was on it.
lose_machine() {
  if [ -f "$W/pids/$1" ]; then crash "$1"; fi
  rm -rf -- "${W:?}/$1"
}

halt_all() {
  local unit
  for unit in 140101-2 140101-1 140101 140100 PL; do halt $unit; done
}

status_json() { curl --silent --max-time 5 "http://$(head -n 1 "$W/$1/http.address")/api/status.json"; }

# ---- what people do ----

# sign PRECINCT CONTEST [OPTION...]: the chair of 140101-1 has the licence chair-1.
sign() {
  local precinct=$1 contest=$2
  shift 2
  urna-precinct sign "$W/office/$precinct.$contest.json" --config "$W/$precinct/urna.toml" \
    --licence "$W/office/chair-${precinct##*-}" "$@" >"$W/logs/sign" 2>&1 || fail "$precinct $contest: $(<"$W/logs/sign")"
}

# Given to the gmina's commission at its desk, one command a line.
desk() {
  printf '%s\n' "$@" | urna-territorial desk --config "$W/140101/urna.toml" --licence "$W/office/gmina.key" \
    --certificate "$W/office/gmina.crt"
}

code_of() {
  urna-precinct status --config "$W/$1/urna.toml" | grep "^$2/1 " | grep -oE '[0-9a-f]{64}' | sed -n 1p |
    python3 -c 'import sys
digits, table = [int(c, 16) for c in sys.stdin.read()[:15]], 0
for digit in [0] + digits[::-1]:
    table = (table << 1) ^ (0x13 if table & 8 else 0) ^ digit
print("".join(f"{d:x}" for d in digits) + f"{table:x}")'
}

# Ids of the records in a journal, the first $2 or all.
records_of() {
  if [ "$1" = PL ]; then
    sql "$CONNECTION" "SELECT encode(record_id, 'hex') FROM urna.log ORDER BY position"
  else
    python3 - "$W/$1/data/journal.db" <<'PYTHON'
import sqlite3, sys
journal = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
for (record,) in journal.execute("SELECT record_id FROM election ORDER BY position"):
    print(record.hex())
PYTHON
  fi
}

# What a precinct holds and has a receipt for is promised: $W/promised.
note_promised() {
  local said total settled
  said=$(urna-precinct status --config "$W/$1/urna.toml") || fail "status of $1"
  read -r total settled < <(sed -nE 's/^([0-9]+) records in the journal, ([0-9]+) with a receipt$/\1 \2/p' <<<"$said")
  [ "$total" = "$settled" ] || fail "$1 has no receipt for $((total - settled)) records: $said"
  records_of "$1" >>"$W/promised"
}

has_all() { ! grep -vxFf <(records_of "$1") <<<"$2" >/dev/null; }

# Until a node has every record that another one has.
await_records() {
  local wanted
  wanted=$(records_of "$2")
  eventually 60 has_all "$1" "$wanted" || fail "$1 does not get what $2 has"
}

begin_evening() {
  local unit
  make_election
  for unit in PL 140100 140101; do serve $unit || fail "$unit does not start"; done
}
