# shellcheck shell=bash
# shellcheck disable=SC2034
# The centre's database is lost: deploy/runbooks/database.md.

database_settings() {
  settings <<SETTINGS
CONFIG=$W/PL/urna.toml
FIRST="$ADMIN"
STANDBY="host=$W/standby user=postgres dbname=postgres"
BACKUPS=$W/backups
OLD_ADDRESS=$W/pg
NEW_ADDRESS=$W/new-server
OWNER=urna
ASIDE=urna_damaged
address() { head -n 1 $W/PL/http.address 2>/dev/null || true; }
STATUS=http://\$(address)
start() { begin_serving PL; STATUS=http://\$(address); }
stop() { halt PL; }
SETTINGS
}

is_synchronous() {
  [ "$(sql "$ADMIN" "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")" = 1 ]
}

# begin_pair [sync]: two servers; that the first waits for its standby is written in its own settings, so that the
# standby inherits it.
begin_pair() {
  CONNECTION="host=$CLUSTER,$W/standby user=urna dbname=urna target_session_attrs=read-write"
  begin_database
  if [ "${1:-}" = sync ]; then sql "$ADMIN" "ALTER SYSTEM SET synchronous_standby_names = '*'"; fi
  cluster_folder "$W/standby"
  as_postgres "$POSTGRES/pg_basebackup" --pgdata="$W/standby/data" --dbname="$ADMIN" --write-recovery-conf \
    --wal-method=stream --checkpoint=fast >"$W/logs/basebackup" 2>&1 || fail "pg_basebackup"
  start_cluster "$W/standby"
  sql "$ADMIN" "SELECT pg_reload_conf()" >/dev/null
  if [ "${1:-}" = sync ]; then eventually 60 is_synchronous || fail "the standby does not become synchronous"; fi
  begin_evening
  vote 140101-1
  note_promised 140101-1
  await_records PL 140101
}

# The first of two servers dies for good.
play_standby() {
  begin_pair sync
  kill_cluster "$CLUSTER"
  vote 140101-2
  note_promised 140101-2
  database_settings
  section "A. A standby takes over"
  section "The centre finds the standby"
  section "How to know that it is right"
  judge
}

rows_of_standby() { sql "host=$W/standby user=postgres dbname=urna" "SELECT count(*) FROM urna.log"; }
has_rows() { [ "$(rows_of_standby)" = "$1" ]; }
log_id() { sql "$CONNECTION" "SELECT md5(value) FROM urna.meta WHERE name = 'log_id'"; }

# The standby is asynchronous, and lacks what the centre signed last.
play_asynchronous() {
  local id
  begin_pair
  eventually 60 has_rows 3 || fail "the standby does not follow: $(rows_of_standby) rows"
  sql "host=$W/standby user=postgres dbname=postgres" "ALTER SYSTEM SET primary_conninfo = ''"
  sql "host=$W/standby user=postgres dbname=postgres" "SELECT pg_reload_conf()" >/dev/null
  eventually 60 is_alone || fail "the standby still follows"
  vote 140101-2
  note_promised 140101-2
  await_records PL 140101
  id=$(log_id)
  [ "$(rows_of_standby)" = 3 ] || fail "the standby lacks nothing, so nothing was tested"
  kill_cluster "$CLUSTER"
  halt PL
  database_settings
  section "A. A standby takes over"
  section "The standby may lack something"
  section "The centre finds the standby"
  section "How to know that it is right"
  [ "$(log_id)" != "$id" ] || fail "the log goes on under its old id"
  judge
}

is_alone() { [ "$(sql "$ADMIN" "SELECT count(*) FROM pg_stat_replication")" = 0 ]; }

# The standby dies, and the first server waits for it.
play_standby_gone() {
  begin_pair sync
  kill_cluster "$W/standby"
  vote 140101-2
  note_promised 140101-2
  sleep 3
  if has_all PL "$(records_of 140101)"; then fail "the first server does not wait, so nothing was tested"; fi
  database_settings
  section "D. The standby is gone"
  section "How to know that it is right"
  judge
}

# PostgreSQL is gone with its server, and a new one has nothing, not even the role.
play_new_server() {
  begin_sealed_evening
  vote 140101-1
  note_promised 140101-1
  await_records PL 140101
  back_up PL
  vote 140101-2
  note_promised 140101-2
  await_records PL 140101
  crash PL
  kill_cluster "$CLUSTER"
  CLUSTER=$W/new-server
  make_cluster "$CLUSTER"
  start_cluster "$CLUSTER"
  CONNECTION="host=$CLUSTER user=urna dbname=urna"
  ADMIN="host=$CLUSTER user=postgres dbname=postgres"
  database_settings
  section "B on a new server"
  serve PL
  section "How to know that it is right"
  judge
}

# The commission ends a licence that nobody signs with: made at the centre, and not below.
revoke_spare() {
  issue_licence 140101 operator "$W/office/spare"
  SPARE=$(urna-ca list --dir "$W/office/authorities" | awk '$2 == "operator" {print $1}')
  urna-ca revoke --dir "$W/office/authorities" --key-id "$SPARE" --reason "lost" --by "$W/office/national" \
    --manifest "$STATEMENT" --out "$W/office/spare.revocation.urna" >/dev/null
  urna-central import --config "$W/PL/urna.toml" "$W/office/spare.revocation.urna" >"$W/logs/revoke" 2>&1 ||
    fail "$(<"$W/logs/revoke")"
}

# A row of the log is spoilt after the backup was made.
play_backup() {
  local before
  begin_sealed_evening
  vote 140101-1
  note_promised 140101-1
  await_records PL 140101
  back_up PL
  revoke_spare
  vote 140101-2
  note_promised 140101-2
  await_records PL 140101
  await_records 140101 PL
  records_of PL >>"$W/promised"
  crash PL
  sql "$CONNECTION" "UPDATE urna.record SET bytes = overlay(bytes placing '\\x00' from 60) WHERE position = 1"
  if urna-central fsck --config "$W/PL/urna.toml" >"$W/logs/fsck" 2>&1; then fail "the damage is not seen"; fi
  before=$(sql "$CONNECTION" "SELECT count(*), md5(string_agg(bytes, '' ORDER BY position)) FROM urna.record")
  database_settings
  section "B. From a backup"
  section "How to know that it is right"
  [ "$(sql "${ADMIN/dbname=postgres/dbname=urna_damaged}" \
    "SELECT count(*), md5(string_agg(bytes, '' ORDER BY position)) FROM urna.record")" = "$before" ] ||
    fail "what was set aside is not what was there"
  PROMISED_MIN=6 judge
}

# No backup: everything comes from below, the revocation too.
play_empty() {
  begin_sealed_evening
  vote 140101-1
  revoke_spare
  vote 140101-2
  note_promised 140101-1
  note_promised 140101-2
  await_records 140101 PL
  await_records PL 140101
  records_of PL >>"$W/promised"
  sql "$ADMIN" "DROP DATABASE urna WITH (FORCE)"
  database_settings
  section "C. Begun empty"
  section "How to know that it is right"
  PROMISED_MIN=6 judge
}
