#!/usr/bin/env python3
"""Who is elected, worked out slowly in exact fractions from the law, to compare urna-results with.

Written from LAW.md's sentences and sharing no code with the program. Figures of precincts are not known
here, so a tie that the law settles by precincts is left to a lot, as urna-results does with tables.

    reference.py random PROGRAM SEED DISTRICTS   compares on made-up districts, with lots drawn
    reference.py official PROGRAM DATA           compares on official tables, threshold and all
"""
import collections
import csv
import fractions
import pathlib
import random
import subprocess
import sys
import tempfile

SHARE = {"2010": {}, "2014": {}, "2019": {"coalition": 8, "minority": 0}}
TOP_N = "gmina_council_up_to_20000"


def first_places(candidates, count, by_place):
    """(certain, drawn, places drawn): the `count` with most votes among (votes, place, row)."""
    standing = [c for c in candidates if c[0] is not None]
    if count >= len(standing):
        return standing, [], 0
    if count == 0:
        return [], [], 0
    order = sorted(standing, key=lambda c: c[0], reverse=True)
    cut = order[count - 1][0]
    ahead = [c for c in order if c[0] > cut]
    level = [c for c in order if c[0] == cut]
    places = count - len(ahead)
    if places == len(level):
        return ahead + level, [], 0
    if by_place:
        return ahead + sorted(level, key=lambda c: c[1])[:places], [], 0
    return ahead, level, places


def seats_of_lists(lists, seats):
    """Certain seats per list, lists that draw, seats drawn. lists: {number: (votes, candidates)}."""
    quotients = sorted(
        ((fractions.Fraction(votes, n), votes, number) for number, (votes, room) in lists.items()
         for n in range(1, min(room, seats) + 1) if votes > 0), reverse=True)
    won = collections.Counter()
    if len(quotients) <= seats:
        won.update(q[2] for q in quotients)
        return won, [], 0
    # By value, then by votes of the list: exactly the order of the law. Only equal in both draw.
    cut = quotients[seats - 1][:2]
    won.update(q[2] for q in quotients if q[:2] > cut)
    level = [q[2] for q in quotients if q[:2] == cut]
    places = seats - sum(won.values())
    if places == len(level):
        won.update(level)
        return won, [], 0
    return won, level, places


class District:
    def __init__(self, rules, seats, council, rows, unit_total, unit_lists):
        self.rules, self.seats, self.council, self.rows = rules, seats, council, rows
        self.unit_total, self.unit_lists = unit_total, unit_lists

    def of_list(self, number):
        return [(votes(r), int(r["position"]), i) for i, r in enumerate(self.rows)
                if r["list"] == number]

    def work_out(self, draw):
        """Outcome of each row. draw(kind, contenders, places): the winners, or None to leave it open."""
        outcome = ["not_elected"] * len(self.rows)
        if all(votes(r) is None for r in self.rows):
            return ["elected"] * len(self.rows)
        if self.council == TOP_N:
            everybody = [(votes(r), 0, i) for i, r in enumerate(self.rows)]
            self.give(outcome, everybody, self.seats, draw, by_place=False)
            return outcome
        lists = {}
        for row in self.rows:
            number = row["list"]
            percent = SHARE[self.rules].get(row.get("committee_kind"), 5)
            if self.unit_lists[number] * 100 < self.unit_total * percent:
                continue
            of_list = [c for c in self.of_list(number) if c[0] is not None]
            lists[number] = (sum(c[0] for c in of_list), len(of_list))
        won, level, places = seats_of_lists(lists, self.seats)
        chosen = draw("lists", level, places) if level else []
        by_place = self.rules == "2010"
        for number in {r["list"] for r in self.rows}:
            if chosen is None and number in level:
                self.leave_open(outcome, self.of_list(number), won[number], by_place)
            else:
                won_here = won[number] + (number in (chosen or []))
                self.give(outcome, self.of_list(number), won_here, draw, by_place)
        return outcome

    @staticmethod
    def give(outcome, candidates, count, draw, by_place):
        certain, level, places = first_places(candidates, count, by_place)
        chosen = draw("candidates", [c[2] for c in level], places) if level else []
        for c in certain:
            outcome[c[2]] = "elected"
        for c in level:
            won = "lot" if chosen is None else "elected" if c[2] in chosen else "not_elected"
            outcome[c[2]] = won

    @staticmethod
    def leave_open(outcome, candidates, count, by_place):
        more = first_places(candidates, count + 1, by_place)
        less = first_places(candidates, count, by_place)
        for c in more[0] + more[1] + less[1]:
            outcome[c[2]] = "lot"
        for c in less[0]:
            outcome[c[2]] = "elected"


def votes(row):
    return int(row["votes"]) if row["votes"] != "" else None


def districts_of(rules, district_rows, rows):
    seats = {(d["teryt"], d["district"]): int(d["seats"]) for d in district_rows}
    total, lists = collections.Counter(), collections.defaultdict(collections.Counter)
    grouped = collections.defaultdict(list)
    for i, row in enumerate(rows):
        total[row["teryt"]] += votes(row) or 0
        lists[row["teryt"]][row["list"]] += votes(row) or 0
        grouped[row["teryt"], row["district"]].append(i)
    for key, members in grouped.items():
        these = [rows[i] for i in members]
        yield key, members, District(rules, seats[key], these[0]["council"], these, total[key[0]],
                                     lists[key[0]])


def determine(rules, district_rows, rows, draw):
    outcome = [None] * len(rows)
    for _, members, district in districts_of(rules, district_rows, rows):
        for i, one in zip(members, district.work_out(draw)):
            outcome[i] = one
    return outcome


def leave_open(kind, contenders, places):
    return None


def run(program, rules, districts, candidates, folder, lots=None):
    output = folder / "out.csv"
    command = [program, "determine", "--rules", rules, "--districts", str(districts), "--candidates",
               str(candidates), "--output", str(output)]
    if lots is not None:
        command += ["--lots", str(lots)]
    subprocess.run(command, check=True)
    return [row["outcome"] for row in read(output)]


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(path, columns, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def compare(what, rows, got, wanted):
    wrong = [i for i in range(len(rows)) if got[i] != wanted[i]]
    for i in wrong[:10]:
        print(f"{what}: {rows[i]}: program {got[i]}, reference {wanted[i]}")
    if wrong:
        sys.exit(f"{what}: {len(wrong)} of {len(rows)} rows differ")


def made_up(chance, rules, count):
    """Districts with small votes, so that everything ties; several to a unit."""
    districts, rows = [], []
    for n in range(count):
        unit, number = f"{n // 3:06d}", str(n % 3 + 1)
        council = TOP_N if (n // 3) % 3 == 0 else "powiat_council"
        districts.append({"teryt": unit, "district": number, "seats": chance.randint(1, 7)})
        most = chance.choice([2, 4, 10, 1000])
        these = []
        for list_number in chance.sample(range(1, 9), chance.randint(1, 5)):
            kind = ["party", "coalition", "minority"][list_number % 3] if rules == "2019" else ""
            for place in range(1, chance.randint(1, 5) + 1):
                these.append({"council": council, "teryt": unit, "district": number,
                              "list": str(list_number), "committee_kind": kind,
                              "position": str(place),
                              "votes": "" if chance.random() < 0.05 else str(chance.randint(0, most))})
        if all(row["votes"] == "" for row in these):
            these[0]["votes"] = "1"
        rows += these
    chance.shuffle(rows)
    return districts, rows


def random_districts(program, seed, count):
    chance = random.Random(seed)
    open_ones = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for rules in SHARE:
            districts, rows = made_up(chance, rules, count)
            write(folder / "d.csv", list(districts[0]), districts)
            write(folder / "c.csv", list(rows[0]), rows)
            wanted = determine(rules, districts, rows, leave_open)
            compare(f"rules {rules}", rows, run(program, rules, folder / "d.csv", folder / "c.csv",
                                                folder), wanted)
            drawn = determine(rules, districts, rows,
                              lambda kind, who, places: chance.sample(who, places))
            lots = [row for row, before, after in zip(rows, wanted, drawn)
                    if before == "lot" and after == "elected"]
            open_ones += len(lots)
            write(folder / "l.csv", ["teryt", "district", "list", "position"],
                  [{k: row[k] for k in ("teryt", "district", "list", "position")} for row in lots])
            compare(f"rules {rules} with lots", rows,
                    run(program, rules, folder / "d.csv", folder / "c.csv", folder, folder / "l.csv"),
                    drawn)
    print(f"{count * len(SHARE)} districts agree, {open_ones} seats drawn by lot")


def official(program, data):
    data = pathlib.Path(data)
    tables = [("2010", path, data / "2010-local/districts.csv")
              for path in sorted((data / "2010-local").glob("candidates-*.csv"))]
    tables.append(("2014", data / "2014-sejmik/candidates.csv", data / "2014-sejmik/districts.csv"))
    tables.append(("2019", data / "2019-sejm/candidates.csv", data / "2019-sejm/districts.csv"))
    with tempfile.TemporaryDirectory() as name:
        for rules, candidates, districts in tables:
            rows = read(candidates)
            wanted = determine(rules, read(districts), rows, leave_open)
            got = run(program, rules, districts, candidates, pathlib.Path(name))
            compare(candidates.name, rows, got, wanted)
    print(f"{len(tables)} official tables agree")


if __name__ == "__main__":
    if sys.argv[1] == "random":
        random_districts(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        official(sys.argv[2], sys.argv[3])
