# shellcheck shell=bash
# shellcheck disable=SC2034
# Keys are stolen or lost: deploy/runbooks/keys.md.

keys_settings() {
  cp "$W/office/authorities/index.jsonl" "$W/stick/index.jsonl"
  settings <<SETTINGS
AUTHORITIES=$W/office/authorities
NATIONAL=$W/office/national
STATEMENT=$STATEMENT
CENTRE=$W/PL/urna.toml
UNIT=140101
ROLE=territorial-node
PROTECT=--unencrypted
CONFIG=$W/140101/urna.toml
NEW=$W/stick/new
PRECINCT=140101-1
PRECINCT_CONFIG=$W/140101-1/urna.toml
NEW_CHAIR=$W/stick/chair
PAPERS=$W/office
SEALED=$W/sealed
INDEX=$W/stick/index.jsonl
address() { head -n 1 $W/140101/http.address 2>/dev/null || true; }
STATUS=http://\$(address)
start() { begin_serving 140101; STATUS=http://\$(address); }
stop() { halt 140101; }
SETTINGS
}

# The thief's own copy of the gmina, with its key and journal.
steal_gmina() {
  halt 140101
  cp -a "$W/140101" "$W/thief"
  sed -i "s|$W/140101.socket|$W/thief.socket|" "$W/thief/urna.toml"
  serve 140101
}

refuses_revoked() {
  grep -qE '^urna_peers_refused_total.*revoked.* [1-9]' \
    <<<"$(curl --silent "http://$(head -n 1 "$W/140100/http.address")/metrics")"
}

# Protocols of one precinct before the theft, of the other after it.
play_node() {
  local before after revocation
  begin_sealed_evening
  vote 140101-1
  note_promised 140101-1
  await_records PL 140101
  steal_gmina
  keys_settings
  section "A. A node's key is lost or stolen"
  section "How to know that it is right"
  revocation=$(records_of PL | tail -n 1)
  vote 140101-2
  note_promised 140101-2
  await_records PL 140101
  # The precinct hears of it from the right server; then the thief's answers under the gmina's address.
  serve 140101-1
  eventually 60 has_all 140101-1 "$revocation" || fail "the precinct does not hear of the stolen key"
  halt 140101-1
  before=$(records_of 140100 | wc -l)
  setsid urna-territorial serve --config "$W/thief/urna.toml" </dev/null >>"$W/logs/thief" 2>&1 &
  echo $! >"$W/pids/thief"
  eventually 60 refuses_revoked || fail "the powiat does not refuse the stolen key: $(tail -n 2 "$W/logs/thief")"
  after=$(records_of 140100 | wc -l)
  [ "$before" = "$after" ] || fail "something came in under the stolen key"
  sed "s|$W/140101.socket|$W/thief.socket|; s|$W/140100.socket|$W/nobody.socket|" "$W/140101-1/urna.toml" \
    >"$W/140101-1/misled.toml"
  if urna-precinct sync --wait 10 --config "$W/140101-1/misled.toml" >"$W/logs/misled" 2>&1; then
    fail "a precinct sends to the thief"
  fi
  grep -q revoked "$W/logs/misled" || fail "the thief is left for another reason: $(<"$W/logs/misled")"
  halt thief
  judge
}

# One protocol was confirmed and stays; the other is returned and signed again.
play_licence() {
  begin_sealed_evening
  vote 140101-2
  note_promised 140101-2
  vote 140101-1
  note_promised 140101-1
  desk "confirm $(code_of 140101-1 mayor-140101)" >/dev/null
  await_records PL 140101
  serve 140101-1
  keys_settings
  section "B. A chair's licence is lost or stolen"
  # What the chair types into the blank.
  urna-precinct blank council-140101-1 --config "$W/140101-1/urna.toml" >"$W/office/blank.json"
  python3 - "$W/office" <<'PYTHON'
import json, pathlib, sys
office = pathlib.Path(sys.argv[1])
blank = json.loads((office / "blank.json").read_text())
paper = json.loads((office / "140101-1.council-140101-1.json").read_text())
assert blank["revision"] == 2 and len(blank["supersedes"]) == 64, "the blank is not of a revision"
paper |= {"revision": blank["revision"], "supersedes": blank["supersedes"]}
(office / "protocol.json").write_text(json.dumps(paper))
PYTHON
  halt 140101-1
  if urna-precinct sign "$W/office/protocol.json" --config "$W/140101-1/urna.toml" --licence "$W/office/chair-1" \
    >"$W/logs/thief" 2>&1; then
    fail "the lost licence still signs"
  fi
  grep -q revoked "$W/logs/thief" || fail "why the lost licence does not sign is not told: $(<"$W/logs/thief")"
  section "Sign again with the new licence"
  section "How to know that it is right"
  note_promised 140101-1
  PROMISED_MIN=8 judge
}

# The sealed copy is older than the gmina's second key.
play_authorities() {
  begin_sealed_evening
  vote 140101-1
  vote 140101-2
  note_promised 140101-1
  note_promised 140101-2
  issue_node 140101 "$W/stick/later"
  keys_settings
  rm -rf "$W/office/authorities"
  section "C. The authorities' folder is lost"
  urna-ca list --dir "$W/office/authorities" >"$W/logs/list"
  [ "$(grep -c 'territorial-node .*140101 .*valid' "$W/logs/list")" = 2 ] || fail "the later key is not in the list"
  # Both can be ended, and a new one be made, with what came back.
  section "A. A node's key is lost or stolen"
  [ "$(grep -c . <(ls "$W/stick/"*.revocation.urna))" = 2 ] || fail "not both keys were ended"
  section "How to know that it is right"
  judge
}
