"""Just enough DER and X.509 for docs/formats.md, section 3: key, names, use, validity, signature."""

import base64
import calendar
import hashlib
import re
import time

import p256

OID_EC_KEY = bytes.fromhex("2a8648ce3d0201")
OID_P256 = bytes.fromhex("2a8648ce3d030107")
OID_ECDSA_SHA256 = bytes.fromhex("2a8648ce3d040302")
OID_SUBJECT_ALT_NAME = bytes.fromhex("551d11")
OID_KEY_USAGE = bytes.fromhex("551d0f")
OID_BASIC_CONSTRAINTS = bytes.fromhex("551d13")
OID_EXTENDED_KEY_USAGE = bytes.fromhex("551d25")
# Subject and authority key identifiers: may stand there, are not looked at.
OID_OTHERS = tuple(bytes.fromhex(oid) for oid in ("551d0e", "551d23"))
# serverAuth and clientAuth; documentSigning.
TLS_PURPOSES = sorted(bytes.fromhex("2b060105050703" + last) for last in ("01", "02"))
LICENCE_PURPOSES = [bytes.fromhex("2b06010505070324")]

NODES = ("central-node", "territorial-node", "precinct-node")
AUTHORITIES = ("node-authority", "licence-authority")
LICENCES = (
    "national-commission commissioner commissioner-plenipotentiary commissioner-coordinator "
    "plenipotentiary operator gmina-coordinator precinct-operator chair auditor"
).split()
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


class Untrusted(Exception):
    """A certificate that does not hold, or does not say what it must."""


def read_element(data, at=0):
    """(tag, contents, whole element, end). Definite, shortest lengths only."""
    if at + 2 > len(data):
        raise Untrusted("certificate: cut off")
    tag, size, start = data[at], data[at + 1], at + 2
    if size >= 0x80:
        count = size & 0x7F
        size = int.from_bytes(data[start : start + count], "big")
        start += count
        if not 1 <= count <= 3 or size < (0x80 if count == 1 else 1 << 8 * (count - 1)):
            raise Untrusted("certificate: a length is not in its one encoding")
    end = start + size
    if end > len(data):
        raise Untrusted("certificate: cut off")
    return tag, data[start:end], data[at:end], end


def children(data):
    found, at = [], 0
    while at < len(data):
        tag, contents, whole, at = read_element(data, at)
        found.append((tag, contents, whole))
    return found


def _time_ms(tag, contents):
    text = contents.decode("ascii")
    if tag == 0x17 and len(text) == 13:  # UTCTime: years 1950 to 2049
        text = ("19" if text[:2] >= "50" else "20") + text
    if len(text) != 15 or text[-1] != "Z":
        raise Untrusted("certificate: bad validity")
    return calendar.timegm(time.strptime(text[:14], "%Y%m%d%H%M%S")) * 1000


def _integer(element):
    tag, contents, _ = element
    if tag != 2 or not contents or contents[0] >= 0x80:
        raise Untrusted("certificate: a signature's numbers must be positive")
    if len(contents) > 1 and contents[0] == 0 and contents[1] < 0x80:
        raise Untrusted("certificate: a number is not in its one encoding")
    return int.from_bytes(contents, "big")


def dns_name_of(election, unit):
    def label(name):
        return name.lower().replace(".", "-").replace("_", "-")

    return f"n-{label(unit)}.{label(election)}.urna.internal"


class Certificate:
    def __init__(self, der):
        try:
            self._read(der)
        except (ValueError, IndexError, UnicodeDecodeError) as error:
            raise Untrusted(f"certificate: does not decode ({error})") from error

    def _read(self, der):
        tag, outer, _, end = read_element(der)
        if tag != 0x30 or end != len(der):
            raise Untrusted("certificate: not exactly one certificate")
        (_, tbs, self.signed_bytes), (_, algorithm, _), (bits_tag, bits, _) = children(outer)
        parts = children(tbs)
        if parts[0][:2] != (0xA0, bytes.fromhex("020102")):
            raise Untrusted("certificate: not version 3")
        _, inner_algorithm, issuer, validity, subject, key, *rest = [part[1:] for part in parts[1:]]
        if algorithm != inner_algorithm[0] or children(algorithm)[0][1] != OID_ECDSA_SHA256:
            raise Untrusted("certificate: not signed with ECDSA and SHA-256")
        if bits_tag != 3 or bits[0] != 0:
            raise Untrusted("certificate: bad signature")
        self.signature = [_integer(number) for number in children(read_element(bits[1:])[1])]
        self.der = der
        self.id = hashlib.sha256(der).digest()
        self.issuer, self.name = issuer[1], subject[1]
        self.not_before_ms, self.not_after_ms = (_time_ms(t, c) for t, c, _ in children(validity[0]))
        self.key = self._read_key(key[0])
        self._read_extensions(rest[-1][0])

    @staticmethod
    def _read_key(info):
        (_, algorithm, _), (tag, bits, _) = children(info)
        if [part[1] for part in children(algorithm)] != [OID_EC_KEY, OID_P256]:
            raise Untrusted("certificate: not a P-256 key")
        if tag != 3 or len(bits) != 66 or bits[:2] != b"\x00\x04":
            raise Untrusted("certificate: the key is not an uncompressed point")
        return int.from_bytes(bits[2:34], "big"), int.from_bytes(bits[34:], "big")

    def _read_extensions(self, data):
        self.is_authority, self.key_usage, self.purposes = False, b"", []
        self.election = self.unit = self.role = self.dns = None
        for _, extension, _ in children(read_element(data)[1]):
            parts = [part[1] for part in children(extension)]
            oid, critical, value = parts[0], len(parts) == 3, parts[-1]
            if oid == OID_SUBJECT_ALT_NAME:
                self._read_names(read_element(value)[1])
            elif oid == OID_KEY_USAGE:
                self.key_usage = read_element(value)[1]
            elif oid == OID_EXTENDED_KEY_USAGE:
                self.purposes = sorted(part[1] for part in children(read_element(value)[1]))
            elif oid == OID_BASIC_CONSTRAINTS:
                self.is_authority = bytes.fromhex("0101ff") in read_element(value)[1]
            elif critical and oid not in OID_OTHERS:
                raise Untrusted("certificate: a critical extension that is not understood")

    def _read_names(self, data):
        for tag, contents, _ in children(data):
            text = contents.decode("ascii")
            if tag == 0x86 and self.role is None:
                scheme, self.election, self.unit, self.role = (text.split(":") + 4 * [""])[:4]
                known = self.role in NODES + AUTHORITIES or self.role in LICENCES
                named = NAME.fullmatch(self.election) and NAME.fullmatch(self.unit)
                if scheme != "urna" or text.count(":") != 3 or not known or not named:
                    raise Untrusted(f"certificate: '{text}' is no subject of Urna")
            elif tag == 0x82 and self.dns is None:
                self.dns = text
            else:
                raise Untrusted("certificate: a name too many")

    def keeps_to_its_purpose(self):
        of_tls = self.role in NODES or self.role == "node-authority"
        return self.purposes == (TLS_PURPOSES if of_tls else LICENCE_PURPOSES)

    def is_signed_by(self, issuer):
        r, s = self.signature
        return self.issuer == issuer.name and p256.verify_numbers(issuer.key, self.signed_bytes, r, s)

    def valid_at(self, ms):
        return self.not_before_ms <= ms <= self.not_after_ms

    def __str__(self):
        return f"{self.role} at {self.unit}"


def certificates_of_pem(text):
    blocks = re.findall(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", text, re.DOTALL)
    return [Certificate(base64.b64decode(block)) for block in blocks]


class Anchors:
    """A root and the two authorities of one election."""

    def __init__(self, pem):
        found = certificates_of_pem(pem)
        if len(found) != 3:
            raise Untrusted(f"trust anchors: three certificates are needed, found {len(found)}")
        roots = [one for one in found if one.role is None and one.is_signed_by(one)]
        self.authorities = {one.role: one for one in found if one.role in AUTHORITIES}
        if len(roots) != 1 or set(self.authorities) != set(AUTHORITIES):
            raise Untrusted("trust anchors: not one root, a node authority and a licence authority")
        for one in found:
            # keyCertSign is bit 5 of the first byte, counted from the left.
            if not one.is_authority or len(one.key_usage) < 2 or not one.key_usage[1] & 0x04:
                raise Untrusted("trust anchors: a certificate is not an authority's")
        for one in self.authorities.values():
            if not one.is_signed_by(roots[0]):
                raise Untrusted("trust anchors: the root did not sign both authorities")
            if not one.keeps_to_its_purpose():
                raise Untrusted("trust anchors: an authority is not restricted to its purpose")
        if len({one.election for one in self.authorities.values()}) != 1:
            raise Untrusted("trust anchors: authorities of two elections")
        self.election = self.authorities["node-authority"].election

    def verify(self, der):
        """A leaf of this election. Times are for the caller, who knows when it signed."""
        leaf = Certificate(der)
        if leaf.role is None or leaf.role in AUTHORITIES:
            raise Untrusted("certificate: not a person's or node's")
        if leaf.election != self.election:
            raise Untrusted(f"certificate: of election {leaf.election}, not {self.election}")
        is_node = leaf.role in NODES
        if (leaf.dns is not None) != is_node or (is_node and leaf.dns != dns_name_of(leaf.election, leaf.unit)):
            raise Untrusted("certificate: its DNS name is not its unit's")
        if leaf.is_authority or leaf.key_usage != bytes.fromhex("0780"):
            raise Untrusted("certificate: its key may do more, or less, than sign")
        if not leaf.keeps_to_its_purpose():
            raise Untrusted("certificate: its key is not restricted to the purpose of its role")
        if not leaf.is_signed_by(self.authorities["node-authority" if is_node else "licence-authority"]):
            raise Untrusted(f"certificate: of {leaf}, not issued by this election's authority for it")
        return leaf
