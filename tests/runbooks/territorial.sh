# shellcheck shell=bash
# shellcheck disable=SC2034
# A gmina's server is lost with its disk: deploy/runbooks/territorial.md.

territorial_settings() {
  settings <<SETTINGS
CONFIG=$W/140101/urna.toml
UNIT=140101
SEALED=$W/sealed
BACKUPS=$W/backups
address() { head -n 1 $W/140101/http.address 2>/dev/null || true; }
STATUS=http://\$(address)
BELOW=$W/140101-1/urna.toml
start() { begin_serving 140101; STATUS=http://\$(address); }
stop() { halt 140101; }
SETTINGS
}

# One protocol confirmed and passed on before the backup. Three after it, when the nodes above were away: they are at
# the gmina alone, and at who signed them: a precinct that stays connected, and one that sends when it is asked.
evening_of_loss() {
  begin_sealed_evening
  sign 140101-1 mayor-140101
  note_promised 140101-1
  desk "confirm $(code_of 140101-1 mayor-140101)" >/dev/null
  await_records PL 140101
  records_of 140101 >>"$W/promised"
  back_up 140101
  halt 140100
  halt PL
  sign 140101-1 council-140101-1
  note_promised 140101-1
  vote 140101-2
  note_promised 140101-2
  serve 140101-2
  lose_machine 140101
  serve PL
  serve 140100
  if has_all 140100 "$(sort -u "$W/promised")"; then fail "nothing was at the gmina alone"; fi
  territorial_settings
}

play_backup() {
  evening_of_loss
  damaged_copy_is_left 140101 "Another machine"
  section "Another machine"
  section "A. From a backup"
  section "Those below who are not connected"
  section "How to know that it is right"
  PROMISED_MIN=6 judge
}

play_nothing() {
  evening_of_loss
  section "Another machine"
  section "B. From nothing"
  section "Those below who are not connected"
  section "How to know that it is right"
  PROMISED_MIN=6 judge
}
