# shellcheck shell=bash
# What must hold when a runbook is done.

# The database of the centre, made before anything else; it belongs to a role that may do nothing more.
# begin_database [SETTING...], as PostgreSQL takes them: -c name=value.
begin_database() {
  make_cluster "$CLUSTER"
  start_cluster "$CLUSTER" "$@"
  sql "$ADMIN" "CREATE ROLE urna LOGIN"
  sql "$ADMIN" "CREATE DATABASE urna OWNER urna"
}

# A sealed copy of every machine, keys included, as deploy/runbooks/README.md wants it before the evening.
seal_all() {
  local unit tier
  for unit in "${UNITS[@]}"; do
    tier=$(program_of "$unit")
    if [ "$tier" = urna-precinct ]; then urna-precinct contests --config "$W/$unit/urna.toml" >/dev/null; fi
    "$DEPLOY/backup" "${tier#urna-}" --config "$W/$unit/urna.toml" --to "$W/sealed" --name "$unit" --with-keys \
      >"$W/logs/seal" 2>&1 || fail "no sealed copy of $unit: $(<"$W/logs/seal")"
    put_beside "$W/sealed" "$unit"
  done
}

# put_beside FOLDER UNIT: a copy of a precinct below, newer than all, whose name begins with that of the unit. It is
# whole, and its files are of no use to the unit.
put_beside() {
  local other=$1/$2-3-20990101T000000Z
  rm -rf "$other"
  mkdir "$other"
  echo "of another machine" >"$other/node.crt"
  tar --create --file="$other/files.tar" --directory="$other" node.crt
  rm "$other/node.crt"
  echo "tier=other" >"$other/ABOUT"
  (cd "$other" && sha256sum -- * >SHA256SUMS)
}

# damaged_copy_is_left UNIT SECTION: the block of the section unpacks nothing of a sealed copy with a bad sum, and
# says so; the same for one that is not there. Afterwards the copy is whole again.
damaged_copy_is_left() {
  local copy number
  copy=$(find "$W/sealed" -maxdepth 1 -name "$1-20[0-9]*Z" | sort | tail -n 1)
  number=$(awk -v section="$2" '{ text = $0; sub(/^[^ ]+ [^ ]+ [^ ]+ /, "", text) } text == section { print $1; exit }' \
    "$W/blocks/list")
  [ -d "$copy" ] || fail "there is no sealed copy of $1"
  [ -n "$number" ] || fail "there is no block under \"$2\""
  mv "$copy" "$W/copy"
  if run_block "$number" 0; then fail "without a sealed copy the block ends well"; fi
  cp -a "$W/copy" "$copy"
  printf x >>"$copy/ABOUT"
  if run_block "$number" 0; then fail "a damaged sealed copy is taken for whole"; fi
  grep -q ABOUT "$W/logs/block" || fail "what is damaged is not told: $(<"$W/logs/block")"
  [ ! -e "$W/$1/urna.toml" ] || fail "a damaged sealed copy was unpacked"
  rm -rf "$copy"
  mv "$W/copy" "$copy"
}

# begin_sealed_evening [SETTING...] of the database.
begin_sealed_evening() {
  begin_database "$@"
  begin_evening
  seal_all
  say "the evening begins"
}

back_up() {
  local tier
  tier=$(program_of "$1")
  "$DEPLOY/backup" "${tier#urna-}" --config "$W/$1/urna.toml" --to "$W/backups" --name "$1" >"$W/logs/backup" 2>&1 ||
    fail "no backup of $1: $(<"$W/logs/backup")"
  put_beside "$W/backups" "$1"
}

# Both protocols of a precinct, with receipts.
vote() {
  sign "$1" mayor-140101
  sign "$1" council-140101-1
}

totals_of() {
  "$(program_of "$1")" tally --config "$W/$1/urna.toml" | grep -E '^[^,]+,1,140101,' | grep -v ',candidate,' |
    sed -E 's/^([^,]+,1,140101),[0-9]+/\1/' | sort
}

is_sound() {
  "$(program_of "$1")" fsck --config "$W/$1/urna.toml" >"$W/logs/fsck" 2>&1 || fail "$1: $(<"$W/logs/fsck")"
  grep -q 'every hash, signature and effect holds' "$W/logs/fsck" || fail "fsck of $1 does not say that all holds"
}

# Everything promised is at the centre; all totals are those of the papers; every journal is sound. Ends the servers.
judge() {
  local unit promised
  promised=$(sort -u "$W/promised")
  # The definition, and what two precincts signed.
  [ "$(wc -l <<<"$promised")" -ge "${PROMISED_MIN:-5}" ] || fail "only $(wc -l <<<"$promised") records were promised"
  for unit in 140101 140100 PL; do
    eventually 60 has_all $unit "$promised" ||
      fail "$unit lacks what had a receipt: $(grep -vxFf <(records_of $unit) <<<"$promised" | tr '\n' ' ')"
  done
  await_records PL 140101
  await_records PL 140100
  halt_all
  for unit in PL 140100 140101; do
    diff <(sort "${SUMS:-$W/office/sums}") <(totals_of $unit) >"$W/logs/totals" ||
      fail "the totals of $unit are not those of the papers: $(<"$W/logs/totals")"
  done
  for unit in "${UNITS[@]}"; do is_sound "$unit"; done
}

# A journal that was set aside still has what it had.
is_kept() {
  [ "$(sha256sum <"$1")" = "$(sha256sum <"$2")" ] || fail "$2 is not what was set aside"
}
