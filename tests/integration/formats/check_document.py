#!/usr/bin/env python3
"""Checks the worked example of docs/formats.md, read from the document itself: check_document.py FILE"""

import hashlib
import re
import sys
from pathlib import Path

import p256
import schema
import wire
import x509
from verify import TYPE_PREFIX, pre_authentication_encoding


def read_example(text):
    block = re.search(r"^```urna-example\n(.*?)^```$", text, re.DOTALL | re.MULTILINE).group(1)
    joined = re.sub(r"\n  ", "", block).replace(" =", "=")
    pairs = (line.split("=", 1) for line in joined.splitlines())
    return {name: value.lstrip(" ") for name, value in pairs}


def main():
    lines = read_example(Path(sys.argv[1]).read_text(encoding="utf-8"))
    value = {name: bytes.fromhex(text) for name, text in lines.items() if name != "pae_prefix"}
    record = wire.decode_exactly(schema.SIGNED_RECORD, value["record"])
    payload = wire.decode_exactly(schema.PAYLOAD, record["payload"])
    body = wire.decode_exactly(schema.BODY, payload["body"])
    certificate = x509.Certificate(value["certificate"])
    signed = pre_authentication_encoding(TYPE_PREFIX + "protocol", record["payload"])
    leaf_input = hashlib.sha256(value["record"]).digest() + value["record_id"]
    claims = {
        "the key id names the certificate": certificate.id == value["key_id"] == record["key_id"],
        "header and envelope agree": payload["header"]["key_id"] == record["key_id"],
        "the certificate names the chair": str(certificate) == "chair at 140101-1",
        "the statement id": hashlib.sha256(payload["body"]).digest() == value["statement_id"],
        "the encoding that is signed": signed == lines["pae_prefix"].strip('"').encode() + value["payload"],
        "the record id": hashlib.sha256(signed).digest() == value["record_id"],
        "the signature": p256.verify(certificate.key, signed, value["signature"]),
        "the leaf": hashlib.sha256(b"\0" + leaf_input).digest() == value["leaf"],
        "the cells": body["protocol"]["votes"] == [11, 21],
    }
    wrong = [what for what, holds in claims.items() if not holds]
    for what in wrong:
        print(f"fault: {what}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
