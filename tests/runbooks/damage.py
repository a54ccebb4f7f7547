#!/usr/bin/env python3
"""Changes one byte of a SQLite journal: damage.py JOURNAL record POSITION | damage.py JOURNAL id POSITION NTH

record: in the signature of that record. id: at the NTH place where the file has that record's id, which is a row
or an entry of an index.
"""
import pathlib
import sqlite3
import sys

journal, what, position = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
database = sqlite3.connect(journal)
database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
record_id, record = database.execute("SELECT record_id, record FROM election WHERE position = ?",
                                     (position,)).fetchone()
database.close()
file = bytearray(journal.read_bytes())
at = -1
if what == "record":
    # At the record's end; a page may end within it.
    end = len(record)
    while at < 0:
        at = file.find(record[end - 16:end])
        end -= 1
else:
    for _ in range(int(sys.argv[4])):
        at = file.find(record_id, at + 1)
        if at < 0:
            sys.exit("there is no such place")
    at += 5
file[at] ^= 0x20
journal.write_bytes(file)
