# shellcheck shell=bash
# shellcheck disable=SC2034
# A precinct's machine is lost: deploy/runbooks/precinct.md.

precinct_settings() {
  settings <<SETTINGS
CONFIG=$W/140101-1/urna.toml
BACKUPS=$W/backups
SEALED=$W/sealed
PRECINCT=140101-1
MEDIUM=$W/stick/140101-1.urna
UPPER=$W/140101/urna.toml
AUTHORITIES=$W/office/authorities
NATIONAL=$W/office/national
STATEMENT=$STATEMENT
NEW=$W/stick/new
LICENCE=$W/office/chair-1
PROTECT=--unencrypted
PAPERS=$W/office
start() { serve 140101-1; }
stop() { halt 140101-1; }
SETTINGS
}

finish_precinct() {
  halt 140101-1
  records_of 140101-1 >>"$W/promised"
  judge
}

play_backup() {
  begin_sealed_evening
  sign 140101-1 mayor-140101
  serve 140101-1
  back_up 140101-1
  halt 140101-1
  sign 140101-1 council-140101-1
  vote 140101-2
  note_promised 140101-1
  note_promised 140101-2
  lose_machine 140101-1
  precinct_settings
  damaged_copy_is_left 140101-1 "Another machine, with the sealed copy"
  section "Another machine, with the sealed copy"
  section "A. With a backup"
  section "How to know that it is right"
  finish_precinct
}

# Nothing was sent: what was signed is on the medium alone.
play_medium() {
  begin_sealed_evening
  vote 140101-2
  note_promised 140101-2
  sign 140101-1 mayor-140101 --offline
  sign 140101-1 council-140101-1 --offline
  urna-precinct export --config "$W/140101-1/urna.toml" "$W/stick/140101-1.urna" >/dev/null
  lose_machine 140101-1
  precinct_settings
  section "Another machine, with the sealed copy"
  section "B. With a medium"
  section "How to know that it is right"
  finish_precinct
}

# No sealed copy either: one protocol had a receipt, the other was never sent.
play_nothing() {
  begin_sealed_evening
  vote 140101-2
  sign 140101-1 mayor-140101
  note_promised 140101-1
  note_promised 140101-2
  halt 140101
  sign 140101-1 council-140101-1 --offline
  serve 140101
  lose_machine 140101-1
  mkdir "$W/140101-1"
  cp "$W/office/authorities/trust.pem" "$W/office/definition.urna" "$W/140101-1"
  configure 140101-1 140101 140100
  cp "$W/office/140101-1.council-140101-1.json" "$W/office/protocol.json"
  precinct_settings
  section "Another machine, without the sealed copy"
  section "C. With nothing"
  section "How to know that it is right"
  finish_precinct
}
