#!/usr/bin/env python3
"""Takes a runbook apart: blocks.py RUNBOOK FOLDER writes its blocks as files to FOLDER and lists them.

A block is fenced as ```sh. The paragraph behind it begins with "Seen:" and says what it must show: each
`text in backquotes` stands in its output ("…" in it is anything on one line), "ends with 1" is its exit
status, "nothing" no output at all. "Seen within a minute:" is of a block that is repeated until then. The block
fenced as ```sh settings is what every administrator changes.

  N.sh, N.seen   the block, and one line of a regular expression for each text
  settings       the names that the settings give

One line a block on standard output: number, exit status, whether it is repeated, section (the last heading above
it).
"""
import pathlib
import re
import sys
import textwrap

FENCE = re.compile(r"^([ ]*)```(\S*)[ ]*(.*)$")


def blocks_of(text):
    """Section, language, tag, lines and the paragraph behind each fenced block."""
    lines, section, at = text.splitlines(), "", 0
    while at < len(lines):
        heading, fence = re.match(r"^##+ (.*)", lines[at]), FENCE.match(lines[at])
        if heading:
            section = heading[1].strip()
        at += 1
        if not fence:
            continue
        end = next(i for i in range(at, len(lines)) if lines[i].strip() == "```")
        behind = end + 1
        while behind < len(lines) and not lines[behind].strip():
            behind += 1
        paragraph = []
        while behind < len(lines) and lines[behind].strip() and not FENCE.match(lines[behind]):
            paragraph.append(lines[behind].strip())
            behind += 1
        yield section, fence[2], fence[3], textwrap.dedent("\n".join(lines[at:end])), " ".join(paragraph)
        at = end + 1


# A word of it is no part of a longer word: `ok` is not seen in `token`.
def pattern_of(text):
    pattern = ".*".join(re.escape(part) for part in text.split("…"))
    before = r"(?<!\w)" if re.match(r"\w", text) else ""
    behind = r"(?!\w)" if re.search(r"\w$", text) else ""
    return before + pattern + behind


def main():
    runbook, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    names, number = set(), 0
    for section, language, tag, block, behind in blocks_of(runbook.read_text(encoding="utf-8")):
        if language != "sh":
            continue
        if tag == "settings":
            names |= set(re.findall(r"^([A-Z_]+)=", block, re.M)) | set(re.findall(r"^(\w+)\(\)", block, re.M))
            continue
        said = re.match(r"Seen( within a minute)?:(.*?)(?:\.(?= |$)(?=[^`]*(?:`[^`]*`[^`]*)*$)|$)", behind)
        if tag or not said:
            print(f"{runbook.name}: a block in \"{section}\" does not say what must be seen", file=sys.stderr)
            return 1
        seen = said[2]
        texts = re.findall(r"`([^`]+)`", seen)
        status = re.search(r"\bends with (\d)\b", seen)
        if not texts and "nothing" not in seen:
            print(f"{runbook.name}: what must be seen in \"{section}\" names no text", file=sys.stderr)
            return 1
        number += 1
        (folder / f"{number}.sh").write_text(block + "\n", encoding="utf-8")
        (folder / f"{number}.seen").write_text("".join(pattern_of(one) + "\n" for one in texts), encoding="utf-8")
        print(number, status[1] if status else 0, "again" if said[1] else "once", section)
    (folder / "settings").write_text("".join(f"{name}\n" for name in sorted(names)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
