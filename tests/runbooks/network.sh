# shellcheck shell=bash
# shellcheck disable=SC2034
# Lines are cut and addresses change: deploy/runbooks/network.md.

network_settings() {
  settings <<SETTINGS
CONFIG=$W/140101/urna.toml
PRECINCT_CONFIG=$W/140101-1/urna.toml
UPPER=${UPPER:-$W/140100/urna.toml}
MEDIUM=$W/stick/140101-1.urna
SAVED=$W/stick/140101.urna
DOWN=$W/stick/revocation.urna
OTHER=PL
OTHER_ADDRESS=unix:$W/PL.socket
OLD_ADDRESS=$W/140100.socket
NEW_ADDRESS=$W/140100-2.socket
address() { head -n 1 $W/140101/http.address 2>/dev/null || true; }
STATUS=http://\$(address)
start() { begin_serving 140101; STATUS=http://\$(address); }
stop() { halt 140101; }
SETTINGS
}

promise_journal() { records_of "$1" >>"$W/promised"; }

# A precinct hands its medium to the gmina.
play_precinct() {
  begin_sealed_evening
  vote 140101-2
  note_promised 140101-2
  configure 140101-1
  sign 140101-1 mayor-140101
  sign 140101-1 council-140101-1
  promise_journal 140101-1
  UPPER=$W/140101/urna.toml network_settings
  section "A. A precinct without a line"
  section "How to know that it is right"
  judge
}

# A gmina hands its medium to the powiat, and is handed a revocation; the line comes back only in the end.
play_server() {
  local revocation
  begin_sealed_evening
  halt 140101
  sed -i "s|$W/140100.socket|$W/cut.socket|; s|$W/PL.socket|$W/cut-PL.socket|" "$W/140101/urna.toml"
  serve 140101
  vote 140101-1
  vote 140101-2
  desk "confirm $(code_of 140101-1 mayor-140101)" >/dev/null
  promise_journal 140101
  issue_licence 140101 operator "$W/office/spare"
  revocation=$(urna-ca revoke --dir "$W/office/authorities" --reason "lost" --by "$W/office/national" \
    --manifest "$STATEMENT" --out "$W/stick/revocation.urna" \
    --key-id "$(urna-ca list --dir "$W/office/authorities" | awk '$2 == "operator" {print $1}')" |
    grep -oE '[0-9a-f]{64}' | sed -n 1p)
  urna-central import --config "$W/PL/urna.toml" "$W/stick/revocation.urna" >"$W/logs/revoke" 2>&1 ||
    fail "$(<"$W/logs/revoke")"
  if has_all 140100 "$(sort -u "$W/promised")"; then fail "the line is not cut"; fi
  if has_all 140101 "$revocation"; then fail "the line is not cut"; fi
  network_settings
  section "B. A server without a line"
  eventually 60 has_all PL "$(sort -u "$W/promised")" || fail "what the medium carried does not reach the centre"
  has_all 140101 "$revocation" || fail "what came down on a medium is not at the gmina"
  section "How to know that it is right"
  halt 140101
  sed -i "s|$W/cut.socket|$W/140100.socket|" "$W/140101/urna.toml"
  serve 140101
  PROMISED_MIN=6 judge
}

# The powiat dies and comes back. A medium from above is refused below, as the runbook says.
play_upstream() {
  begin_sealed_evening
  vote 140101-1
  await_records PL 140101
  # The gmina has no second server yet, or it would have gone round the dead one before anybody looks.
  halt 140101
  configure 140101 140100
  serve 140101
  crash 140100
  vote 140101-2
  note_promised 140101-1
  note_promised 140101-2
  if has_all PL "$(sort -u "$W/promised")"; then fail "the powiat is not away"; fi
  network_settings
  section "C. Another server above"
  section "How to know that it is right"
  eventually 60 has_all PL "$(sort -u "$W/promised")" || fail "the centre does not get it the other way"
  urna-central fsck --config "$W/PL/urna.toml" >/dev/null || fail "fsck of the centre"
  halt 140101
  urna-territorial salvage --config "$W/140100/urna.toml" --output "$W/stick/above.urna" >/dev/null || fail "salvage"
  if urna-territorial import --config "$W/140101/urna.toml" "$W/stick/above.urna" >"$W/logs/above" 2>&1; then
    fail "a medium of a commission above is taken in below"
  fi
  serve 140101
  serve 140100
  judge
}

# The powiat moves to another address.
play_address() {
  begin_sealed_evening
  vote 140101-1
  await_records PL 140101
  halt 140100
  vote 140101-2
  sed -i "s|$W/140100.socket|$W/140100-2.socket|" "$W/140100/urna.toml"
  serve 140100
  note_promised 140101-1
  note_promised 140101-2
  network_settings
  section "D. Another address"
  section "How to know that it is right"
  judge
}
