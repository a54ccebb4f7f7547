# shellcheck shell=bash
# shellcheck disable=SC2034
# A gmina's journal is damaged: deploy/runbooks/damaged.md.

damaged_settings() {
  settings <<SETTINGS
CONFIG=$W/140101/urna.toml
UNIT=140101
PRECINCT_CONFIG=$W/140101-1/urna.toml
PRECINCT_DATA=$W/140101-1/data
UPPER=$W/140101/urna.toml
DATA=$W/140101/data
SAVED=$W/stick/saved.urna
ASIDE=$W/damaged
BACKUPS=$W/backups
address() { head -n 1 $W/140101/http.address 2>/dev/null || true; }
STATUS=http://\$(address)
start() { begin_serving 140101; STATUS=http://\$(address); }
stop() { halt 140101; }
SETTINGS
}

# A backup after the first precinct; everything above knows everything.
evening_of_damage() {
  begin_sealed_evening
  vote 140101-1
  note_promised 140101-1
  back_up 140101
  vote 140101-2
  note_promised 140101-2
  desk "confirm $(code_of 140101-2 mayor-140101)" >/dev/null
  await_records PL 140101
  records_of 140101 >>"$W/promised"
  crash 140101
}

play_rebuild() {
  local journal=$W/140101/data/journal.db nth found=no before
  evening_of_damage
  before=$(records_of 140101)
  cp -a "$W/140101/data" "$W/whole"
  for nth in {1..20}; do
    rm -f "$journal"*
    cp "$W/whole/"journal.db* "$W/140101/data/"
    python3 "$HERE/damage.py" "$journal" id 3 "$nth" || break
    urna-territorial fsck --config "$W/140101/urna.toml" >"$W/logs/fsck" 2>&1 || true
    if grep -q 'fsck --rebuild' "$W/logs/fsck"; then
      found=yes
      break
    fi
  done
  [ $found = yes ] || fail "no byte of an index was found"
  damaged_settings
  section "First"
  section "A. Only indexes or tiles"
  section "How to know that it is right"
  [ "$(records_of 140101)" = "$before" ] || fail "the log is not as it was"
  PROMISED_MIN=6 judge
}

# A record of the second precinct is hit, which the backup does not have.
spoil() {
  python3 "$HERE/damage.py" "$W/140101/data/journal.db" record 4
  cp "$W/140101/data/journal.db" "$W/spoilt.db"
  if serve 140101 2>/dev/null; then fail "a damaged journal is served"; fi
  rm -f "$W/pids/140101"
}

play_backup() {
  evening_of_damage
  spoil
  damaged_settings
  section "First"
  section "Save what can be saved"
  section "B. From a backup"
  section "How to know that it is right"
  is_kept "$W/spoilt.db" "$W/damaged/journal.db"
  PROMISED_MIN=6 judge
}

# A precinct's journal is damaged before anything of it was sent.
play_precinct() {
  local mine
  begin_sealed_evening
  vote 140101-2
  note_promised 140101-2
  sign 140101-1 mayor-140101 --offline
  sign 140101-1 council-140101-1 --offline
  mine=$(records_of 140101-1)
  echo "$mine" >>"$W/promised"
  python3 "$HERE/damage.py" "$W/140101-1/data/journal.db" id 2 1
  cp "$W/140101-1/data/journal.db" "$W/spoilt.db"
  damaged_settings
  section "At a precinct"
  is_kept "$W/spoilt.db" "$W/damaged/journal.db"
  serve 140101-1
  eventually 60 has_all 140101-1 "$mine" || fail "what was saved does not come back to the precinct"
  judge
}

play_empty() {
  evening_of_damage
  spoil
  damaged_settings
  section "First"
  section "Save what can be saved"
  section "C. Begun empty"
  section "How to know that it is right"
  is_kept "$W/spoilt.db" "$W/damaged/journal.db"
  PROMISED_MIN=6 judge
}
