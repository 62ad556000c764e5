# SPDX-License-Identifier: GPL-2.0
"""Instructions a packet: the table of all contenders, and the baseline of op25b."""

from table import table

CONTENDERS = "floor", "floor+probe", "op25b", "nftables", "ipset"

# What may come on top of the baseline: hashes are seeded at random, so that
# chains differ from boot to boot
MARGIN = 1.03
MARGIN_INSTRUCTIONS = 2

# Single changes, as adds.c names them, and the policies they are guarded in
CHANGES = "adds", "replaces", "repeats", "deletes", "ranges"
LARGE = "large4", "large6"

# The longest that a change may take, each instruction a nanosecond
CHANGE_WORST_MS = 5


def cost(records, contender, policy, case):
    """Instructions that a contender adds to each packet, or None."""
    one = records.one("packet", contender=contender, policy=policy, case=case)
    family = one and one["family"]
    empty = records.one("packet", contender="nothing", policy=f"small{family}",
                        case="other")
    return one["cycles"] - empty["cycles"] if one and empty else None


def number(value, form=".0f"):
    """A number for a table, or what stands for none."""
    return "-" if value is None else format(value, form)


def ratio(value, reference):
    """How many times the reference a value is."""
    return "-" if value is None or not reference else f"{value / reference:.2f}"


def compared(records):
    """All contenders, small policies, each case."""
    rows = [["packet", "", *CONTENDERS, "nftables / op25b", "ipset / op25b"]]
    for family in 4, 6:
        for case in "other", "blocked", "exempt", "relay", "return":
            costs = [cost(records, one, f"small{family}", case)
                     for one in CONTENDERS]
            rows.append([case, f"IPv{family}", *map(number, costs),
                         ratio(costs[3], costs[2]), ratio(costs[4], costs[2])])
    return table(rows, right=range(2, len(rows[0])))


def without_policy(records):
    """Instructions that a packet takes more where there shall be no hook, or None."""
    empty = records.one("packet", contender="nothing", policy="small4",
                        case="blocked")
    found = {what: records.one("nohook", what=what)
             for what in ("no policy", "mode off")}
    return {what: one["cycles"] - empty["cycles"] if one and empty else None
            for what, one in found.items()}


def change_us(one, what, total="sum_us"):
    """What a change took on average, less the sending of it: what a request that
    changes nothing took meanwhile.
    """
    times, nothing = one[what], one[what]["nothing"]
    nothing = nothing[total] / nothing["datagrams"]
    return (times[total] - times["datagrams"] * nothing) / times["requests"]


def op25b_rows(records):
    """Instructions by row of the baseline: of packets, and of changes."""
    rows = {f"{one['policy']} {one['case']}":
            cost(records, "op25b", one["policy"], one["case"])
            for one in records.find("packet", contender="op25b")}
    for one in records.find("adds"):
        for what in CHANGES:
            rows[f"{one['policy']} {what}"] = 1000 * change_us(one, what)
    return rows


def alone(records):
    """op25b with other policies than the small ones."""
    rows = [["policy", "prefixes", "lengths", "packet", "instructions"]]
    for one in records.find("packet", contender="op25b"):
        if not one["policy"].startswith(("small", "worst", "expired")):
            rows.append([f"{one['policy']}", one["prefixes"], one["lengths"],
                         one["case"],
                         number(cost(records, "op25b", one["policy"], one["case"]))])
    return table(rows, right=(1, 2, 4))


LOOKUPS = {"blocked": 1, "both": 4}


def worst(records, head=(), more=lambda policy, case: ()):
    """The worst cases; more gives cells under the rest of the head."""
    rows = [["policy", "lookups", "searches", "instructions", *head]]
    for one in records.find("packet", contender="op25b"):
        policy, case = one["policy"], one["case"]
        if one["searches"]:
            rows.append([policy, LOOKUPS[case], one["searches"],
                         number(cost(records, "op25b", policy, case)),
                         *more(policy, case)])
    return table(rows, right=range(1, len(rows[0])))


def changes(records):
    """Single changes: all instructions until the answer, and those of the client
    and of the kernel on its behalf.
    """
    rows = [["policy", "", "number", "mean", "its own", "worst 16", "their own"]]
    for one in records.find("adds"):
        for what in CHANGES:
            times = one[what]
            rows.append([one["policy"], what, f"{times['requests']:,}",
                         *(f"{1000 * us:,.0f}" for us in (
                             change_us(one, what),
                             change_us(one, what, "cpu_sum_us"),
                             times["max_us"], times["cpu_max_us"]))])
    return table(rows, right=range(2, 7))


def read_baseline(path):
    """What was accepted: {row: instructions}."""
    with open(path) as file:
        lines = [line.split() for line in file if not line.startswith("#")]
    return {f"{policy} {case}": float(count) for policy, case, count in lines}


def write_baseline(path, rows):
    """Accept what was measured."""
    with open(path, "w") as file:
        file.write("# SPDX-License-Identifier: GPL-2.0\n"
                   "# Instructions that op25b's hook adds to a packet, by policy and"
                   " case: see counted.py.\n# Written by `make bench-baseline`.\n")
        for row, count in rows.items():
            file.write(f"{row} {count:.1f}\n")


def against_baseline(path, rows):
    """No row may cost more than the baseline and its margin: whether it is so, what
    there is to say of it, and perhaps some advice.
    """
    baseline = read_baseline(path)
    for name in sorted(baseline.keys() | rows.keys()):
        known, count = baseline.get(name), rows.get(name)
        good = None not in (known, count) and \
            count <= known * MARGIN + MARGIN_INSTRUCTIONS
        advice = ""
        if not good:
            advice = ("more than the baseline allows, or one of the two is missing: if"
                      " it is worth it, make bench-baseline")
        elif count < known / MARGIN - MARGIN_INSTRUCTIONS:
            advice = "less: make bench-baseline keeps it so"
        yield good, (f"{name}: {number(count)} instructions, baseline "
                     f"{number(known)}"), advice


def within_limits(records):
    """The same of what has a limit of its own."""
    for what, more in without_policy(records).items():
        yield more == 0, f"{what}: {number(more, '.1f')} instructions", \
            "" if more == 0 else "a hook is there, though it has nothing to do"
    for policy in LARGE:
        one = records.one("adds", policy=policy)
        for what in CHANGES:
            slowest = one and one[what]["cpu_max_us"] / 1000
            good = one is not None and slowest <= CHANGE_WORST_MS
            yield good, (f"{policy} {what}: {number(slowest, '.2f')} million"
                         " instructions at worst"), \
                "" if good else f"over {CHANGE_WORST_MS} ms at a nanosecond each"


def guard(path, records):
    """Lines of TAP."""
    found = [*against_baseline(path, op25b_rows(records)), *within_limits(records)]
    yield f"1..{len(found)}"
    for place, (good, text, advice) in enumerate(found, 1):
        yield f"{'' if good else 'not '}ok {place} - {text}"
        if advice:
            yield f"# {advice}"
