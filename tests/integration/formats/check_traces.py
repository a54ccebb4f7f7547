#!/usr/bin/env python3
"""Checks that docs name only what exists: check_traces.py SOURCE_FOLDER

In traceability.md: every test file and test of the last column, every path of the code column. In all
pages of docs and deploy: every link to a file.
"""

import re
import sys
from pathlib import Path


def missing_links(page):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if not (page.parent / target).exists():
            yield f"{page.name} links to {target}, which is not there"


def is_there(root, path):
    found = root / path
    return found.exists() or any(found.parent.glob(found.name + ".*"))


def missing_code(root, cell):
    last = ""
    for name in re.findall(r"`([\w./-]+)`", cell):
        # "`common/trust/authority`, `competence`": a bare word stands beside the one before it.
        path = name if "/" in name else f"{last}/{name}"
        last = str(Path(path).parent)
        if not (is_there(root, path) or is_there(root, name)) and not name[0].islower():
            yield f"code {name} is not there"
        elif "/" in name and not is_there(root, path):
            yield f"code {path} is not there"


def missing_tests(root, cell):
    text, folder = "", root / "tests"
    for part in re.split(r"`", cell):
        if part.endswith((".cc", ".py")):
            path = root / "tests" / part if "/" in part else folder / part
            folder = path.parent
            if not path.exists():
                yield f"test file {part} is not there"
                text = ""
            else:
                text = path.read_text(encoding="utf-8")
            continue
        for name in re.findall(r"\b[A-Z][a-z]*(?:[A-Z][A-Za-z0-9]+)+\b", part):
            if text and not re.search(rf"\b{name}\b", text):
                yield f"test {name} is not there"


def faults(root):
    for page in sorted([*(root / "docs").rglob("*.md"), *(root / "deploy").rglob("*.md")]):
        yield from missing_links(page)
    for line in (root / "docs/traceability.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and re.fullmatch(r"[RL]\d+", cells[0]):
            for fault in (*missing_code(root, cells[2]), *missing_tests(root, cells[3])):
                yield f"{cells[0]}: {fault}"


def main():
    found = list(faults(Path(sys.argv[1])))
    for fault in found:
        print(f"fault: {fault}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
