#!/usr/bin/env python3
"""Decodes each block (u32be length, bytes) of a file as a Body: decode_bodies.py FILE

Prints a line for each: "refused", or the one encoding of what was read, in hexadecimal.
"""

import sys
from pathlib import Path

import schema
import wire


def main():
    data, at = Path(sys.argv[1]).read_bytes(), 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        block, at = data[at + 4 : at + 4 + size], at + 4 + size
        try:
            print(wire.encode(schema.BODY, wire.decode_exactly(schema.BODY, block)).hex() or "empty")
        except wire.Malformed:
            print("refused")


if __name__ == "__main__":
    main()
