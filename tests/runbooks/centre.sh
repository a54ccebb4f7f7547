# shellcheck shell=bash
# shellcheck disable=SC2034
# The centre's machine is lost, its database is there: deploy/runbooks/centre.md.

centre_settings() {
  settings <<SETTINGS
CONFIG=$W/PL/urna.toml
SEALED=$W/sealed
DATABASE="$CONNECTION"
address() { head -n 1 $W/PL/http.address 2>/dev/null || true; }
STATUS=http://\$(address)
OLD_ADDRESS=$W/PL.socket
NEW_ADDRESS=$W/PL-2.socket
BELOW=$W/140100/urna.toml
start() { begin_serving PL; STATUS=http://\$(address); }
stop() { halt PL; }
restart_below() { halt 140100; serve 140100; }
SETTINGS
}

# The machine is gone, and another takes its name.
play_same_name() {
  begin_sealed_evening
  vote 140101-1
  note_promised 140101-1
  await_records PL 140101
  lose_machine PL
  vote 140101-2
  note_promised 140101-2
  centre_settings
  damaged_copy_is_left PL "Another machine"
  section "Another machine"
  section "Start"
  section "How to know that it is right"
  judge
}

# The old machine hangs with its connection to the database; the new one has another address.
play_elsewhere() {
  begin_sealed_evening
  vote 140101-1
  note_promised 140101-1
  await_records PL 140101
  kill -STOP "$(<"$W/pids/PL")"
  mv "$W/pids/PL" "$W/pids/y-old-PL"
  mv "$W/PL" "$W/old-PL"
  vote 140101-2
  note_promised 140101-2
  centre_settings
  section "Another machine"
  sed -i "s|$W/PL.socket|$W/PL-2.socket|" "$W/PL/urna.toml"
  if serve PL 2>"$W/logs/refused"; then fail "a second centre writes to the database"; fi
  rm "$W/pids/PL"
  grep -q 'another program' "$W/logs/refused" || fail "why it does not start is not told: $(<"$W/logs/refused")"
  section "The database is still held by the old machine"
  section "Start"
  section "Another address"
  section "How to know that it is right"
  # It comes to life, and must not get in between.
  kill -CONT "$(<"$W/pids/y-old-PL")"
  sleep 3
  is_alive "$(<"$W/pids/PL")" || fail "the new centre gave way to the old one"
  kill -KILL "$(<"$W/pids/y-old-PL")"
  judge
}
