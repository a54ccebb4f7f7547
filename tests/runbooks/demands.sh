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
  done
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
