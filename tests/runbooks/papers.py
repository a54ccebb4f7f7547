#!/usr/bin/env python3
"""Writes the manual's election, and a protocol of each place in it: papers.py MANUAL FOLDER

The sums of all these protocols stand in FOLDER/sums: contest, option or point, figure.
"""
import copy
import json
import pathlib
import re
import sys
from collections import Counter

manual, folder = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"), pathlib.Path(sys.argv[2])


def block(name):
    return re.search(rf"\n```{name}\n(.*?)\n```", manual, re.S)[1]


(folder / "election.json").write_text(block("json description"), encoding="utf-8")
model = json.loads(block("json protocol"))
sums = Counter()
# Votes for the first and the second of 480 valid ones; all other figures are the manual's.
for precinct, contest, first, second in [("140101-1", "mayor-140101", 250, 230),
                                         ("140101-1", "council-140101-1", 300, 180),
                                         ("140101-2", "mayor-140101", 200, 280),
                                         ("140101-2", "council-140101-1", 100, 380)]:
    paper = copy.deepcopy(model) | {"contest": contest, "seat": f"Szkoła {precinct[-1]}, Alfa"}
    if precinct == "140101-1":
        paper["seat"] = model["seat"]
    paper["votes"] = {"1": first, "2": second}
    if contest.startswith("council"):
        del paper["points"]["p11a"], paper["points"]["p11b"]  # of mayors only
        paper["votes"] = {code: {"total": votes, "candidates": {"1": votes}}
                          for code, votes in paper["votes"].items()}
    for code, votes in (("1", first), ("2", second)):
        sums[contest, "option", code] += votes
    for point, figure in paper["points"].items():
        sums[contest, "point", point] += figure
    (folder / f"{precinct}.{contest}.json").write_text(json.dumps(paper, ensure_ascii=False), encoding="utf-8")
(folder / "sums").write_text("".join(f"{contest},1,140101,{what},{code},{figure}\n"
                                     for (contest, what, code), figure in sorted(sums.items())), encoding="utf-8")
