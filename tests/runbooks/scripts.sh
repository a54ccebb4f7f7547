# shellcheck shell=bash
# deploy/backup and deploy/restore where things go wrong.

# refused TEXT COMMAND...: ends with 1 and one line on standard error that has the text.
refused() {
  local text=$1 said=0
  shift
  "$@" >"$W/logs/out" 2>"$W/logs/said" || said=$?
  [ $said = 1 ] || fail "ends with $said, not with 1: $* · $(<"$W/logs/said")"
  [ "$(wc -l <"$W/logs/said")" = 1 ] || fail "not one line: $* · $(<"$W/logs/said")"
  grep -qF -- "$text" "$W/logs/said" || fail "does not say \"$text\": $* · $(<"$W/logs/said")"
  say "refused, as it must be: $(cut -c 1-160 "$W/logs/said")"
}

accepted() { "$@" >"$W/logs/out" 2>&1 || fail "$*: $(<"$W/logs/out")"; }

# Of one name, those that look whole.
whole() { find "$1" -maxdepth 2 -name SHA256SUMS -not -path '*/.*' -path "*/$2-*" -printf '%h\n' | sort; }

backup_gmina() { "$DEPLOY/backup" territorial --config "$W/140101/urna.toml" --to "$W/backups" "$@"; }
restore_gmina() { "$DEPLOY/restore" territorial --config "$W/140101/urna.toml" "$@"; }

gmina_alone() {
  CONNECTION="host=$W/nowhere user=urna dbname=urna"
  make_election
  configure 140101
  serve 140101
  vote 140101-1
}

# A program that stops in the middle until it is killed.
stall() {
  mkdir -p "$W/stub"
  cat >"$W/stub/$1" <<STUB
#!/bin/sh
echo \$\$ >"$W/pids/stub"
touch "$W/stalled"
exec tail -s 0.2 --pid=$$ -f "$W/stalled" >/dev/null
STUB
  chmod 755 "$W/stub/$1"
}

play_interrupted() {
  local signal pid partial
  gmina_alone
  stall sync
  for signal in KILL TERM; do
    rm -f "$W/stalled"
    PATH="$W/stub:$PATH" "$DEPLOY/backup" territorial --config "$W/140101/urna.toml" --to "$W/backups" \
      >"$W/logs/stalled" 2>&1 &
    pid=$!
    eventually 30 test -e "$W/stalled" || fail "the backup does not come as far"
    kill -s $signal $pid
    kill "$(<"$W/pids/stub")" 2>/dev/null || true
    eventually 30 ended $pid || fail "the backup does not end"
    [ -z "$(whole "$W/backups" territorial)" ] || fail "an interrupted backup looks whole"
    partial=$(find "$W/backups" -maxdepth 1 -name '.territorial-*.partial')
    if [ $signal = TERM ]; then
      [ "$(wc -l <<<"$partial")" = 1 ] || fail "a backup that was asked to end leaves something behind"
      continue
    fi
    [ -d "$partial" ] || fail "there is nothing half made, so nothing was tested"
    halt 140101
    refused "is not whole" restore_gmina --from "$partial" --set-aside "$W/aside"
    [ ! -e "$W/aside" ] || fail "something was set aside"
    serve 140101
  done
  # The next one does not mind.
  accepted backup_gmina --keep 1
  [ "$(whole "$W/backups" territorial | wc -l)" = 1 ] || fail "there is no whole backup"
  [ -d "$partial" ] || fail "--keep took what is not its own"
}

play_damaged() {
  local backup before file
  gmina_alone
  accepted backup_gmina
  backup=$(whole "$W/backups" territorial)
  [ "$(stat -c %a "$backup" "$backup/journal.db" "$backup/files.tar" | sort -u | tr '\n' ' ')" = "600 700 " ] ||
    fail "others can read the backup"
  refused "runs" restore_gmina --from "$backup" --set-aside "$W/aside"
  halt 140101
  before=$(sha256sum <"$W/140101/data/journal.db")
  for file in journal.db files.tar ABOUT; do
    cp -a "$backup" "$W/damaged"
    python3 -c 'import sys
with open(sys.argv[1], "r+b") as file:
    byte = file.read(1)[0]
    file.seek(0)
    file.write(bytes([byte ^ 1]))' "$W/damaged/$file"
    refused "is damaged" restore_gmina --from "$W/damaged" --set-aside "$W/aside"
    rm "$W/damaged/$file"
    refused "is damaged" restore_gmina --from "$W/damaged" --set-aside "$W/aside"
    rm -rf "$W/damaged"
  done
  cp -a "$backup" "$W/damaged"
  rm "$W/damaged/SHA256SUMS"
  refused "is not whole" restore_gmina --from "$W/damaged" --set-aside "$W/aside"
  refused "there is no backup" restore_gmina --from "$W/nothing" --set-aside "$W/aside"
  refused "of urna-territorial, not of urna-precinct" "$DEPLOY/restore" precinct --config "$W/140101-1/urna.toml" \
    --from "$backup" --set-aside "$W/aside"
  mkdir "$W/there"
  refused "is there already" restore_gmina --from "$backup" --set-aside "$W/there"
  refused "--set-aside" restore_gmina --from "$backup"
  # Another node's, whole and with the right sums.
  refused "another node's" "$DEPLOY/restore" territorial --config "$W/140100/urna.toml" --from "$backup"
  [ "$before" = "$(sha256sum <"$W/140101/data/journal.db")" ] || fail "a restore that was refused changed the journal"
  [ ! -e "$W/aside" ] || fail "a restore that was refused set something aside"
  [ -z "$(find "$W/there" -mindepth 1)" ] || fail "something was put where something is"
  # And the good one.
  accepted restore_gmina --from "$backup" --set-aside "$W/aside"
  [ "$before" = "$(sha256sum <"$W/aside/journal.db")" ] || fail "what was set aside is not what was there"
  is_sound 140101
}

play_keep() {
  local first
  gmina_alone
  cp -a "$W/140101" "$W/other"
  sed -i "s|$W/140101.socket|$W/other.socket|" "$W/other/urna.toml"
  mkdir "$W/backups/territorial-20200101T000000Z" "$W/backups/mine"
  touch "$W/backups/territorial-20200101T000000Z/SHA256SUMS" "$W/backups/mine/SHA256SUMS"
  accepted "$DEPLOY/backup" territorial --config "$W/other/urna.toml" --to "$W/backups"
  accepted backup_gmina --name gmina
  for _ in 1 2 3; do accepted backup_gmina --keep 2; done
  [ "$(grep -lxF "configuration=$W/140101/urna.toml" "$W"/backups/territorial-*/ABOUT | wc -l)" = 2 ] ||
    fail "not two are kept"
  [ "$(grep -lxF "configuration=$W/other/urna.toml" "$W"/backups/territorial-*/ABOUT | wc -l)" = 1 ] ||
    fail "another configuration's was removed"
  [ "$(whole "$W/backups" gmina | wc -l)" = 1 ] || fail "one under another name was removed"
  for file in mine territorial-20200101T000000Z; do
    [ -e "$W/backups/$file/SHA256SUMS" ] || fail "what was not made by backup was removed"
  done
  # When the new one fails, the old ones stay.
  first=$(whole "$W/backups" territorial)
  mv "$W/140101/trust.pem" "$W/trust.pem"
  refused "trust.pem" backup_gmina --keep 1
  mv "$W/trust.pem" "$W/140101/trust.pem"
  [ "$first" = "$(whole "$W/backups" territorial)" ] || fail "a backup that failed removed others"
}

# Backs up to disks of every size from one that holds nothing to one that holds all: fill TIER UNIT FROM STEP.
fill() {
  local tier=$1 unit=$2 size=$3 step=$4 said
  local -A told=()
  for (( ; size <= 4096; size += step)); do
    mount -t tmpfs -o "remount,size=${size}k" none "$W/disk"
    if "$DEPLOY/backup" "$tier" --config "$W/$unit/urna.toml" --to "$W/disk" >"$W/logs/out" 2>"$W/logs/said"; then
      [ "$(whole "$W/disk" "$tier" | wc -l)" = 1 ] || fail "there is no whole backup"
      [ ${#told[@]} -ge 2 ] || fail "only one step met the full disk: ${!told[*]}"
      rm -rf "$W/disk/"*
      return
    fi
    said=$(<"$W/logs/said")
    [ "$(wc -l <"$W/logs/said")" = 1 ] || fail "not one line: $said"
    grep -qiE 'full|no space' <<<"$said" || fail "that the disk is full is not told: $said"
    [ -z "$(find "$W/disk" -mindepth 1)" ] || fail "something is left: $(find "$W/disk" -mindepth 1)"
    said=${said//[0-9]/}
    if [ -z "${told[${said:0:30}]:-}" ]; then say "${size} kB: $(<"$W/logs/said")"; fi
    told[${said:0:30}]=yes
  done
  fail "no disk is large enough"
}

play_full_disk() {
  begin_database
  make_election
  serve PL
  serve 140101
  vote 140101-1
  mkdir "$W/disk"
  if ! mount -t tmpfs -o size=64k,mode=700 none "$W/disk" 2>"$W/logs/mount"; then
    if [ -n "${CI:-}" ]; then fail "no disk can be mounted here: $(<"$W/logs/mount")"; fi
    say "SKIPPED: a full disk: no disk can be mounted here: $(<"$W/logs/mount")"
    return
  fi
  fill territorial 140101 16 4
  fill central PL 4 4
  umount "$W/disk"
}

play_keys() {
  local backup inside
  gmina_alone
  echo secret >"$W/140101/password"
  sed -i 's|^key = .*|&\npassword_file = "password"|' "$W/140101/urna.toml"
  accepted backup_gmina
  backup=$(whole "$W/backups" territorial)
  inside=$(tar --list --file="$backup/files.tar")
  if grep -E 'key|password' <<<"$inside"; then fail "a key is in it"; fi
  for file in urna.toml trust.pem node.crt definition.urna; do
    grep -qxF "${W#/}/140101/$file" <<<"$inside" || fail "$file is not in it"
  done
  # What is there stays, what is not comes back.
  rm "$W/140101/node.crt"
  echo "# mine" >>"$W/140101/urna.toml"
  accepted tar --extract --skip-old-files --directory=/ --file="$backup/files.tar"
  cmp "$W/140101/node.crt" "$W/sealed/140101/node.crt" || fail "the certificate does not come back"
  grep -q '^# mine' "$W/140101/urna.toml" || fail "the configuration was written over"
  accepted backup_gmina --name sealed --with-keys
  grep -q "private key is in" "$W/logs/out" || fail "that a key is in it is not said"
  backup=$(whole "$W/backups" sealed)
  inside=$(tar --list --verbose --file="$backup/files.tar")
  grep -qE '^-rw-------.*node\.key$' <<<"$inside" || fail "no key, or an open one"
  if grep password <<<"$inside"; then fail "the password is in it"; fi
}

play_usage() {
  local said
  for said in "backup" "backup territorial" "backup territorial --config x" "backup territorial --config" \
    "backup territorial --config x --to y --keep 0" "backup territorial --config x --to y --name a/b" "backup gmina" \
    "restore" "restore central --config x" "restore central --config x --from y --set-aside A-b" \
    "restore precinct --config x --from y --admin-connection z" \
    "restore central --config x --from y --admin-connection password=z"; do
    status=0
    # shellcheck disable=SC2086
    "$DEPLOY/"$said >"$W/logs/out" 2>&1 || status=$?
    [ $status = 2 ] || fail "$said ends with $status, not with 2"
    [ "$(wc -l <"$W/logs/out")" = 1 ] || fail "$said: not one line: $(<"$W/logs/out")"
  done
  for said in backup restore; do
    grep -q "Exit status: 0" <<<"$("$DEPLOY/$said" --help)" || fail "$said --help does not end with the exit status"
  done
  # Connections as libpq takes them; passwords apart.
  for said in "host=/run/x dbname='a b' user=u password='it\\\\'s'|it's|a b|u" \
    "postgresql://u:p%40q@h1:6000,h2/urna?target_session_attrs=read-write|p@q|urna|u" "dbname=d||d|" "user=u||u|u"; do
    printf 'data = "d"\n[identity]\nanchors = "a"\ncertificate = "c"\nkey = "k"\n[database]\nconnection = "%s"\n' \
      "${said%%|*}" >"$W/connection.toml"
    (
      urna_password='' urna_database='' urna_user='' urna_connection=''
      eval "$("$DEPLOY/read-settings" "$W/connection.toml")"
      [ "$urna_password|$urna_database|$urna_user" = "${said#*|}" ] ||
        fail "read as $urna_password|$urna_database|$urna_user: $said"
      if [ -n "$urna_password" ] && grep -qF -- "$urna_password" <<<"$urna_connection"; then
        fail "the password stands in the connection"
      fi
    )
  done
}

backup_centre() { "$DEPLOY/backup" central --config "$W/PL/urna.toml" --to "$W/backups" "$@"; }
restore_centre() { "$DEPLOY/restore" central --config "$W/PL/urna.toml" "$@"; }
databases() {
  sql "$ADMIN" "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE NOT datistemplate"
}
rows_of() {
  sql "${ADMIN/dbname=postgres/dbname=$1}" "SELECT md5(string_agg(bytes, '' ORDER BY position)) FROM urna.record"
}

clerk_is_there() {
  [ "$(sql "$ADMIN" "SELECT count(*) FROM pg_stat_activity
    WHERE application_name = 'clerk' AND datname = 'urna'")" = 1 ]
}

log_id_of() { sql "${ADMIN/dbname=postgres/dbname=$1}" "SELECT md5(value) FROM urna.meta WHERE name = 'log_id'"; }
sole_restored() { sql "$ADMIN" "SELECT datname FROM pg_database WHERE datname LIKE 'urna_restored_%'"; }

# stall_at PROGRAM COMMAND: that command of it stops until it is killed; others go on as always.
stall_at() {
  local program
  program=$(command -v "$1")
  stall "$1"
  sed -i "1a [ \"\$1\" = $2 ] || exec $program \"\$@\"" "$W/stub/$1"
}

interrupted_restore() {
  local pid
  rm -f "$W/stalled"
  PATH="$W/stub:$PATH" "$DEPLOY/restore" central --config "$W/PL/urna.toml" --from "$backup" --set-aside urna_old \
    --admin-connection "$ADMIN" >"$W/logs/stalled" 2>&1 &
  pid=$!
  eventually 60 test -e "$W/stalled" || fail "the restore does not come as far: $(<"$W/logs/stalled")"
  kill -s "$1" $pid
  kill "$(<"$W/pids/stub")" 2>/dev/null || true
  eventually 30 ended $pid || fail "the restore does not end"
}

play_centre() {
  local backup before pid old_id
  begin_database
  make_election
  refused "holds no journal" backup_centre
  for unit in PL 140100 140101; do serve $unit; done
  vote 140101-1
  await_records PL 140101
  accepted backup_centre
  grep -q ": 3 records, " "$W/logs/out" || fail "not three records: $(<"$W/logs/out")"
  backup=$(whole "$W/backups" central)
  vote 140101-2
  await_records PL 140101
  before=$(rows_of urna)
  refused "runs" restore_centre --from "$backup" --set-aside urna_old --admin-connection "$ADMIN"
  halt_all
  psql --no-psqlrc --quiet --dbname="$CONNECTION application_name=clerk" --command='SELECT pg_sleep(60)' \
    >/dev/null 2>&1 &
  pid=$!
  echo $pid >"$W/pids/clerk"
  eventually 30 clerk_is_there ||
    fail "the clerk does not come"
  refused "clerk as urna" restore_centre --from "$backup" --set-aside urna_old --admin-connection "$ADMIN"
  sql "$ADMIN" "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'clerk'" >/dev/null
  eventually 30 ended $pid || fail "the clerk stays"
  refused "may not create databases" restore_centre --from "$backup" --set-aside urna_old
  refused "say with --set-aside" restore_centre --from "$backup" --admin-connection "$ADMIN"
  sql "$ADMIN" "CREATE DATABASE there"
  refused "there already" restore_centre --from "$backup" --set-aside there --admin-connection "$ADMIN"
  refused "cannot be reached" restore_centre --from "$backup" --set-aside urna_old --admin-connection "host=$W/nowhere"
  cp -a "$backup" "$W/damaged"
  printf x >>"$W/damaged/database.dump"
  refused "is damaged" restore_centre --from "$W/damaged" --set-aside urna_old --admin-connection "$ADMIN"
  # Cut off, with sums that fit: found by PostgreSQL alone.
  truncate --size=-3000 "$W/damaged/database.dump"
  (cd "$W/damaged" && sha256sum ABOUT database.dump files.tar >SHA256SUMS)
  [ "$(databases)" = "postgres there urna" ] || fail "a restore that was refused made something: $(databases)"
  refused "could not be read in" restore_centre --from "$W/damaged" --set-aside urna_old --admin-connection "$ADMIN"
  grep -q "urna is as it was" "$W/logs/said" || fail "where everything is is not told"
  [ "$(rows_of urna)" = "$before" ] || fail "a restore that failed changed the database"
  grep -qF "$(sole_restored)" "$W/logs/said" || fail "the name of the new database is not told"
  sql "$ADMIN" "DROP DATABASE \"$(sole_restored)\""
  # Interrupted while the new log id is made: what is there stays what it was.
  stall_at urna-central restore
  interrupted_restore KILL
  [ "$(rows_of urna)" = "$before" ] || fail "a restore that was interrupted changed the database"
  [ "$(databases)" = "postgres there urna $(sole_restored)" ] || fail "there are $(databases)"
  sql "$ADMIN" "DROP DATABASE $(sole_restored)"
  rm "$W/PL/".urna-restore-*
  interrupted_restore TERM
  [ "$(rows_of urna)" = "$before" ] || fail "a restore that was interrupted changed the database"
  sql "$ADMIN" "DROP DATABASE $(sole_restored)"
  [ -z "$(find "$W/PL" -name '.urna-restore-*')" ] || fail "a restore that was asked to end leaves a password behind"
  # Interrupted when it has the name: its log has a new id.
  stall_at urna-central fsck
  old_id=$(log_id_of urna)
  interrupted_restore KILL
  [ "$(databases)" = "postgres there urna urna_old" ] || fail "there are $(databases)"
  [ "$(log_id_of urna_old)" = "$old_id" ] || fail "what was set aside is not what was there"
  [ "$(log_id_of urna)" != "$old_id" ] || fail "an interrupted restore has the log go on under its old id"
  is_sound PL
  sql "$ADMIN" "DROP DATABASE urna"
  sql "$ADMIN" "ALTER DATABASE urna_old RENAME TO urna"
  rm -f "$W/PL/".urna-restore-*
  # The configuration leads to another server than the administrator.
  make_cluster "$W/other"
  start_cluster "$W/other"
  sql "host=$W/other user=postgres dbname=postgres" "CREATE ROLE urna LOGIN"
  refused "does not connect to the server" restore_centre --from "$backup" \
    --admin-connection "host=$W/other user=postgres dbname=postgres"
  [ "$(rows_of urna)" = "$before" ] || fail "a restore that was refused changed the database"
  accepted restore_centre --from "$backup" --set-aside urna_old --admin-connection "$ADMIN"
  [ "$(databases)" = "postgres there urna urna_old" ] || fail "there are $(databases)"
  [ "$(rows_of urna_old)" = "$before" ] || fail "what was set aside is not what was there"
  [ "$(records_of PL | wc -l)" = 3 ] || fail "not what was in the backup"
  [ "$(sql "$ADMIN" "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'urna'")" = urna ] || fail "another owner"
  is_sound PL
  # Into an empty server: nothing to set aside.
  sql "$ADMIN" "DROP DATABASE urna"
  refused "leave out --set-aside" restore_centre --from "$backup" --set-aside urna_older --admin-connection "$ADMIN"
  accepted restore_centre --from "$backup" --admin-connection "$ADMIN"
  is_sound PL
  # The database away.
  kill_cluster "$CLUSTER"
  refused "the database cannot be copied" backup_centre
  refused "cannot be reached" restore_centre --from "$backup" --set-aside urna_older --admin-connection "$ADMIN"
  [ "$(whole "$W/backups" central)" = "$backup" ] || fail "without a database something looks whole"
  [ -z "$(find "$W/backups" -name '*.partial')" ] || fail "without a database something is left"
}
