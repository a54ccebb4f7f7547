#!/usr/bin/env python3
"""Verifies a medium of Urna from docs/formats.md alone, with Python's standard library.

    verify.py --trust trust.pem --definition election.definition --medium protocols.medium

Checks every signature, id, digest and the sums E1 to E4 of every protocol, then prints the totals of
each contest. Exit 0: all of it holds. Exit 1: one line "fault: …" names the first thing that does not.
"""

import argparse
import hashlib
import sys
from pathlib import Path

import p256
import schema
import wire
import x509

MEDIUM_MAGIC = b"urna medium 1\n"
DEFINITION_MAGIC = b"urna definition 1\n"
TYPE_PREFIX = "application/vnd.urna.v1."
RECORD_BYTES_MAX = 256 * 1024
MANIFEST_BYTES_MAX = 6 * 1024 * 1024
BATCH_RECORDS_MAX = 256
FIGURE_MAX = 999_999_999


class Fault(Exception):
    """What does not hold, for a person."""


def sha256(data):
    return hashlib.sha256(data).digest()


def require(holds, what):
    if not holds:
        raise Fault(what)


def pre_authentication_encoding(payload_type, payload):
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def blocks_of(data, magic, what):
    require(data.startswith(magic), f"this is not a {what} file")
    at, blocks = len(magic), []
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        require(at + 4 + size <= len(data), f"the {what} is cut off")
        blocks.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return blocks


class Certificates:
    """Certificates by key id; a blob that begins with 0x30 is one."""

    def __init__(self, anchors):
        self.anchors, self.by_id = anchors, {}

    def add(self, der):
        leaf = self.anchors.verify(der)
        self.by_id[leaf.id] = leaf
        return leaf

    def take(self, blobs):
        """Keeps the certificates and returns the other parts by digest. A certificate that does not
        hold is left out; a record that names it says so."""
        parts, bad = {}, []
        for blob in blobs:
            if blob[:1] != b"\x30":
                parts[sha256(blob)] = blob
                continue
            try:
                self.add(blob)
            except x509.Untrusted as why:
                bad.append(str(why))
        return parts, bad

    def find(self, key_id, what):
        require(key_id in self.by_id, f"{what}: the signer's certificate is not here")
        return self.by_id[key_id]


class Record:
    """A SignedRecord, verified first and parsed second."""

    def __init__(self, data, certificates, what):
        require(len(data) <= MANIFEST_BYTES_MAX, f"{what}: too large")
        envelope = wire.decode_exactly(schema.SIGNED_RECORD, data)
        payload_type, payload = envelope["payload_type"], envelope["payload"]
        kind = payload_type.removeprefix(TYPE_PREFIX)
        require(len(data) <= RECORD_BYTES_MAX or kind == "manifest", f"{what}: too large")
        require(payload_type.startswith(TYPE_PREFIX) and kind in schema.KINDS, f"{what}: unknown type")
        signer = certificates.find(envelope["key_id"], what)
        require(signer.role in x509.LICENCES, f"{what}: a certificate of {signer.role} signs no records")
        signed = pre_authentication_encoding(payload_type, payload)
        require(p256.verify(signer.key, signed, envelope["signature"]), f"{what}: bad signature")
        contents = wire.decode_exactly(schema.PAYLOAD, payload)
        header = contents["header"] or schema.HEADER.empty()
        require(header["format_version"] == 1, f"{what}: unsupported format version")
        require(header["key_id"] == envelope["key_id"], f"{what}: header and envelope name different keys")
        require(header["election"] == signer.election, f"{what}: wrong election")
        require(header["unit"] == signer.unit, f"{what}: wrong unit")
        require(len(header["manifest"]) == (0 if kind == "manifest" else 32), f"{what}: bad manifest id")
        require(signer.valid_at(header["signed_at_ms"]), f"{what}: certificate not valid when it signed")
        body = wire.decode_exactly(schema.BODY, contents["body"])
        require(body[kind] is not None, f"{what}: the body is not of the kind its type names")
        self.id, self.statement = sha256(signed), sha256(contents["body"])
        self.kind, self.header, self.body, self.signer = kind, header, body[kind], signer


class Definition:
    def __init__(self, data, certificates):
        blocks = blocks_of(data, DEFINITION_MAGIC, "definition")
        require(len(blocks) == 1, "a definition file has one block")
        file = wire.decode_exactly(schema.DEFINITION_FILE, blocks[0])
        self.parts, bad = certificates.take(file["blobs"])
        require(not bad, f"the definition: {bad[:1]}")
        record = Record(file["manifest"], certificates, "the manifest")
        require(record.kind == "manifest", "the file is signed, but is not a definition")
        self.id, self.manifest = record.statement, record.body
        require(self.manifest["election"] == certificates.anchors.election, "a definition of another election")
        units = wire.decode_exactly(schema.UNIT_TABLE, self.part(self.manifest["units"], "the unit table"))["units"]
        national = units and units[0]["kind"] == schema.UNIT_KIND_NATIONAL and units[0]["id"]
        require(
            record.signer.role == "national-commission" and record.signer.unit == national,
            f"the definition is signed by the {record.signer}",
        )
        self.slices = {(ref["contest"], ref["round"]): ref["slice"] for ref in self.manifest["slices"]}
        self.check_parts()

    def part(self, digest, what):
        require(digest in self.parts, f"{what} {digest.hex()} is not in the definition")
        return self.parts[digest]

    def slice(self, digest):
        return wire.decode_exactly(schema.SLICE, self.part(digest, "the slice"))

    def form(self, contest_slice):
        return wire.decode_exactly(schema.FORM, self.part(contest_slice["form"], "the form"))

    def check_parts(self):
        named = {self.manifest["units"], *self.slices.values()}
        for digest in self.slices.values():
            if digest in self.parts:
                contest_slice = self.slice(digest)
                named |= {contest_slice["form"], contest_slice["reference"]}
        for digest in self.parts:
            require(digest in named, f"part {digest.hex()} of the definition is not one that was signed")


def figure(cell, what):
    require(cell > 0, f"{what} is empty")
    require(cell - 1 <= FIGURE_MAX, f"{what} is above {FIGURE_MAX}")
    return cell - 1


class Protocol:
    """The figures of one place, with E1 to E4 checked."""

    def __init__(self, record, definition, what):
        self.statement, body = record.statement, record.body
        place = body["place"] or schema.PLACE.empty()
        self.place = (place["contest"], place["round"], place["unit"])
        self.revision = body["revision"]
        what = f"{what}, {place['unit']} {place['contest']}/{place['round']}"
        require(record.header["manifest"] == definition.id, f"{what}: signed under another definition")
        require(self.place[:2] in definition.slices, f"{what}: unknown contest")
        require(body["slice"] == definition.slices[self.place[:2]], f"{what}: wrong slice")
        contest_slice = definition.slice(body["slice"])
        precincts = {precinct["unit"] for precinct in contest_slice["precincts"]}
        require(place["unit"] in precincts, f"{what}: unknown place")
        self.check_signer(record, what)
        self.read_figures(body, contest_slice, definition.form(contest_slice), what)
        self.check_sums(what)

    def check_signer(self, record, what):
        """A chair signs for the own precinct; others are marked in the body. See the authority table."""
        role, origin = record.signer.role, record.body["origin"]
        if role == "chair":
            allowed = record.signer.unit == self.place[2] and origin == 0
        elif role == "plenipotentiary":
            allowed = origin in (1, 2)
        else:
            allowed = role == "commissioner-plenipotentiary" and origin == 2
        require(allowed, f"{what}: a {record.signer} may not sign this protocol")

    def read_figures(self, body, contest_slice, form, what):
        points = form["points"]
        require(len(body["points"]) == len(points), f"{what}: points of another form")
        self.points = {}
        for point, cell in zip(points, body["points"]):
            if cell or point["required"]:
                self.points[point["code"]] = figure(cell, f"{what}: {point['code']}")
        cells = iter(body["votes"])
        count = sum(1 + len(option["candidates"]) for option in contest_slice["options"])
        require(len(body["votes"]) == count, f"{what}: votes of another ballot")
        self.votes = {}
        for option in contest_slice["options"]:
            name = f"{what}: votes:{option['code']}"
            self.votes[option["code"]] = self.read_field(next(cells), option["struck_off"], name)
            for candidate in option["candidates"]:
                struck = option["struck_off"] or candidate["struck_off"]
                self.read_field(next(cells), struck, f"{name}/{candidate['position']}")

    @staticmethod
    def read_field(cell, struck_off, name):
        if not struck_off:
            return figure(cell, name)
        require(cell == 0, f"{name} was struck off and must stay empty")
        return 0

    def check_sums(self, what):
        p, votes = self.points, sum(self.votes.values())
        require(p["p4"] <= p["p1"], f"{what}: E1: p4 {p['p4']} is above p1 {p['p1']}")
        require(p["p8"] == p["p9"] + p["p10"], f"{what}: E2: p8 is not p9 + p10")
        require(p["p10"] == p["p11"] + p["p12"], f"{what}: E3: p10 is not p11 + p12")
        require(p["p12"] == votes, f"{what}: E4: p12 {p['p12']} is not the sum of votes {votes}")


def open_batch(block, number, certificates):
    what = f"batch {number}"
    envelope = wire.decode_exactly(schema.SIGNED_BATCH, block)
    if envelope["certificate"]:
        require(sha256(envelope["certificate"]) == envelope["key_id"], f"{what}: certificate is not the signer's")
        certificates.add(envelope["certificate"])
    signer = certificates.find(envelope["key_id"], what)
    require(signer.role in x509.NODES, f"{what}: signed by a {signer.role}")
    signed = pre_authentication_encoding(TYPE_PREFIX + "batch", envelope["payload"])
    require(p256.verify(signer.key, signed, envelope["signature"]), f"{what}: bad signature")
    batch = wire.decode_exactly(schema.BATCH, envelope["payload"])
    require(batch["election"] == signer.election, f"{what}: wrong election")
    require(batch["sender"] == signer.unit, f"{what}: wrong sender")
    require(signer.valid_at(batch["created_at_ms"]), f"{what}: certificate not valid when it was made")
    require(batch["sequence"] == number, f"{what}: out of order")
    require(len(batch["entries"]) <= BATCH_RECORDS_MAX, f"{what}: too large")
    positions = [entry["position"] for entry in batch["entries"]]
    require(positions == sorted(set(positions)), f"{what}: positions do not ascend")
    return batch


def read_medium(data, certificates):
    """The records of a medium in order, by record id; a record that comes again is the same one."""
    records, sender, ended = {}, None, False
    for number, block in enumerate(blocks_of(data, MEDIUM_MAGIC, "medium"), start=1):
        require(not ended, f"batch {number} follows the last one")
        batch = open_batch(block, number, certificates)
        require(sender in (None, batch["sender"]), f"batch {number}: of another sender")
        sender, ended = batch["sender"], bool(batch["final"])
        certificates.take(batch["blobs"])
        for entry in batch["entries"]:
            record = Record(entry["record"], certificates, f"record {entry['position']}")
            records.setdefault(record.id, record)
    require(ended, "the medium ends before its last batch")
    return sender, list(records.values())


def totals_of(protocols):
    """Sums per contest over the places with exactly one first revision; what else there is, by name."""
    by_place = {}
    for protocol in protocols:
        by_place.setdefault(protocol.place, {})[protocol.statement] = protocol
    totals, unsettled = {}, []
    for place, bodies in sorted(by_place.items()):
        (protocol, *others) = bodies.values()
        if others or protocol.revision != 1:
            unsettled.append(place)
            continue
        total = totals.setdefault(place[:2], {"protocols": 0, "eligible": 0, "valid_votes": 0, "votes": {}})
        total["protocols"] += 1
        total["eligible"] += protocol.points["p1"]
        total["valid_votes"] += protocol.points["p12"]
        for option, votes in protocol.votes.items():
            total["votes"][option] = total["votes"].get(option, 0) + votes
    return totals, unsettled


def verify_medium(trust_pem, definition_bytes, medium_bytes):
    certificates = Certificates(x509.Anchors(trust_pem))
    definition = Definition(definition_bytes, certificates)
    sender, records = read_medium(medium_bytes, certificates)
    protocols = [
        Protocol(record, definition, f"protocol {record.id.hex()[:8]}")
        for record in records
        if record.kind == "protocol"
    ]
    return sender, records, protocols


def run(arguments):
    sender, records, protocols = verify_medium(
        Path(arguments.trust).read_text(encoding="ascii"),
        Path(arguments.definition).read_bytes(),
        Path(arguments.medium).read_bytes(),
    )
    print(f"medium of {sender}: {len(records)} records, {len(protocols)} protocols; every signature holds")
    totals, unsettled = totals_of(protocols)
    for (contest, round_), total in totals.items():
        votes = " ".join(f"{option}={count}" for option, count in total["votes"].items())
        print(
            f"{contest}/{round_}: protocols {total['protocols']} eligible {total['eligible']} "
            f"valid_votes {total['valid_votes']} votes {votes}"
        )
    for contest, round_, unit in unsettled:
        print(f"not counted: {unit} {contest}/{round_} has several bodies or a later revision")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, what in (
        ("trust", "root and both authorities, PEM"),
        ("definition", "the election's definition file"),
        ("medium", "the medium file to verify"),
    ):
        parser.add_argument(f"--{name}", required=True, metavar="FILE", help=what)
    try:
        run(parser.parse_args())
    except (Fault, wire.Malformed, x509.Untrusted) as fault:
        print(f"fault: {fault}")
        return 1
    except OSError as error:
        print(f"cannot read: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
