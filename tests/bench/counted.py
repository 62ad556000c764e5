# SPDX-License-Identifier: GPL-2.0
"""Instructions a packet and a change: tables, and the check against the baseline."""

from table import figure, number, ratio, table

CONTENDERS = "floor", "floor+probe", "op25b", "nftables", "ipset"

# Allowed above the baseline: hash seeds are random, so that counts differ a little
MARGIN = 1.03
# Prefixes whose hashes collide are searched for; how many lines they share varies
MARGIN_WORST = 1.15
# How many entries the pages have that a change copies depends on the seeds as well: of
# six runs, the counts of a change were up to 3 per cent from their mean
MARGIN_CHANGES = 1.06
MARGIN_INSTRUCTIONS = 2

# Kinds of changes, see client.c, and the policies in which they are guarded
CHANGES = "adds", "replaces", "repeats", "ranges", "wide", "deletes"
LARGE = "large4", "large6"

# Limit for the slowest change, at one nanosecond an instruction
CHANGE_WORST_MS = 5

# Lookups of a packet, by case, where the case is one of the worst ones
LOOKUPS = {"blocked": 1, "both": 4}


def cost(records, contender, policy, case):
    """Instructions that a contender adds to each packet, or None."""
    one = records.one("packet", contender=contender, policy=policy, case=case)
    family = one and one["family"]
    empty = records.one("packet", contender="nothing", policy=f"small{family}",
                        case="other")
    return one["cycles"] - empty["cycles"] if one and empty else None


def compared(records):
    """The table of all contenders, small policies, each case."""
    rows = [["packet", "", *CONTENDERS, "nftables / op25b", "ipset / op25b"]]
    for family in 4, 6:
        for case in "other", "blocked", "exempt", "relay", "return":
            costs = [cost(records, one, f"small{family}", case)
                     for one in CONTENDERS]
            rows.append([case, f"IPv{family}", *map(number, costs),
                         ratio(costs[3], costs[2]), ratio(costs[4], costs[2])])
    return table(rows, right=range(2, len(rows[0])))


def inactive(records):
    """Instructions that a module with nothing to do adds to a packet, or None."""
    empty = records.one("packet", contender="nothing", policy="small4",
                        case="blocked")
    found = {what: records.one("nohook", what=what)
             for what in ("no policy", "mode off")}
    return {what: one["cycles"] - empty["cycles"] if one and empty else None
            for what, one in found.items()}


def change_us(one, what, total="sum_us"):
    """Mean microseconds of a change, less those of a request that changes nothing."""
    times, nothing = one[what], one[what]["nothing"]
    nothing = nothing[total] / nothing["datagrams"]
    return (times[total] - times["datagrams"] * nothing) / times["requests"]


def rows_of(records, contender="op25b"):
    """Instructions of a build of op25b: of packets and of changes, by row of the
    baseline.
    """
    rows = {f"{one['policy']} {one['case']}":
            cost(records, contender, one["policy"], one["case"])
            for one in records.find("packet", contender=contender)}
    for one in records.find("changes", contender=contender):
        for what in CHANGES:
            rows[f"{one['policy']} {what}"] = 1000 * change_us(one, what)
    return rows


def alone(records):
    """The table of op25b with other policies than the small ones."""
    rows = [["policy", "prefixes", "lengths", "packet", "instructions"]]
    for one in records.find("packet", contender="op25b"):
        if not one["policy"].startswith(("small", "worst")):
            rows.append([f"{one['policy']}", one["prefixes"], one["lengths"],
                         one["case"],
                         number(cost(records, "op25b", one["policy"], one["case"]))])
    return table(rows, right=(1, 2, 4))


def worst(records, head=(), more=lambda policy, case: ()):
    """The table of the worst case; more() gives cells under the rest of the head."""
    rows = [["policy", "prefixes", "lookups", "instructions", *head]]
    for one in records.find("packet", contender="op25b"):
        policy, case = one["policy"], one["case"]
        if policy.startswith("worst"):
            rows.append([policy, one["prefixes"], LOOKUPS[case],
                         number(cost(records, "op25b", policy, case)),
                         *more(policy, case)])
    return table(rows, right=range(1, len(rows[0])))


def changes(records):
    """The table of single changes: instructions until the acknowledgement, and those
    of the client's own process.
    """
    rows = [["policy", "change", "number", "mean", "in process", "worst 16",
             "in process"]]
    for one in records.find("changes", contender="op25b"):
        for what in CHANGES:
            times = one[what]
            rows.append([one["policy"], what, f"{times['requests']:,}",
                         *(f"{1000 * us:,.0f}" for us in (
                             change_us(one, what),
                             change_us(one, what, "cpu_sum_us"),
                             times["max_us"], times["cpu_max_us"]))])
    return table(rows, right=range(2, 7))


def read_baseline(path):
    """The accepted instructions, by row."""
    with open(path) as file:
        lines = [line.split() for line in file if not line.startswith("#")]
    return {f"{policy} {case}": float(count) for policy, case, count in lines}


def write_baseline(path, rows):
    """Write the measured instructions as the new baseline."""
    with open(path, "w") as file:
        file.write("# SPDX-License-Identifier: GPL-2.0\n"
                   "# Instructions that op25b adds to a packet, and that a change takes,"
                   " by policy and\n# case: see counted.py. Written by"
                   " `make bench-baseline`.\n")
        for row, count in rows.items():
            file.write(f"{row} {count:.1f}\n")


def against_baseline(path, rows):
    """For each row whether it is within the baseline, the result, and advice."""
    baseline = read_baseline(path)
    for name in sorted(baseline.keys() | rows.keys()):
        known, count = baseline.get(name), rows.get(name)
        margin = MARGIN_WORST if name.startswith("worst") else \
            MARGIN_CHANGES if name.split()[1] in CHANGES else MARGIN
        good = None not in (known, count) and \
            count <= known * margin + MARGIN_INSTRUCTIONS
        advice = ""
        if not good:
            advice = ("above the baseline, or missing on one side; to accept it, run"
                      " make bench-baseline")
        elif count < known / margin - MARGIN_INSTRUCTIONS:
            advice = "below the baseline; to keep it so, run make bench-baseline"
        yield good, (f"{name}: {number(count)} instructions, baseline "
                     f"{number(known)}"), advice


def within_limits(records):
    """The same for values with a fixed limit."""
    for what, more in inactive(records).items():
        yield more == 0, f"{what}: {number(more, '.1f')} instructions", \
            "" if more == 0 else "a hook is registered that has nothing to do"
    for policy in LARGE:
        one = records.one("changes", contender="op25b", policy=policy)
        for what in CHANGES:
            slowest = one and one[what]["cpu_max_us"] / 1000
            good = one is not None and slowest <= CHANGE_WORST_MS
            yield good, (f"{policy} {what}: {figure(slowest, 'million')}"
                         " instructions at worst"), \
                "" if good else f"above {CHANGE_WORST_MS} ms at 1 ns an instruction"


def guard(path, records):
    """Lines of TAP."""
    found = [*against_baseline(path, rows_of(records)), *within_limits(records)]
    yield f"1..{len(found)}"
    for place, (good, text, advice) in enumerate(found, 1):
        yield f"{'' if good else 'not '}ok {place} - {text}"
        if advice:
            yield f"# {advice}"
