# SPDX-License-Identifier: GPL-2.0
"""Contenders measured together, in turns. The speed of a machine may change by the
minute; all that are compared are loaded at the same time, each in a network
namespace of its own, and then take turns with the packets, so that all of them have
the same share of good and of bad times.
"""

import contextlib
import time

from contenders import median, own_namespace
from measuring import settled

ROUNDS = 12
PAUSE_SECONDS = 1

# In each turn, one right after another; before the first others had the caches
PASSES = 4


class Member:
    """A contender with a policy, and what is found of it: the seconds it took to
    load, and what the packets of each case did, turn by turn, pass by pass.
    """

    def __init__(self, contender, policy, cases=(), weighed=False):
        self.contender = contender
        self.policy = policy
        self.weighed = weighed
        self.seconds = None
        self.packets = dict.fromkeys(cases)
        self.results = {case: [] for case in cases}

    def __str__(self):
        return f"{self.contender.name}, {self.policy}"

    def load(self, session, stack):
        """Be there with all packets until the stack is unwound. What was loaded
        before does not change meanwhile, so that memory is this one's.
        """
        stack.enter_context(own_namespace())
        before = self.weighed and settled()
        self.seconds = stack.enter_context(session.loaded(self.contender,
                                                          self.policy))
        if self.weighed:
            session.weigh(self.contender, self.policy, before)
        for case in self.packets:
            self.packets[case] = session.packets(self.policy, case)
            stack.callback(self.packets[case].close)

    def judge(self, case):
        """Take a turn with the packets of a case, if they are among ours."""
        if case in self.packets:
            self.results[case].append([self.packets[case].judge()
                                       for _ in range(PASSES)])

    def record(self, session):
        """Keep what was found, unless a verdict was wrong."""
        found = {case: self.sum_up(case) for case in self.packets}
        for case, summary in found.items():
            session.record_packet(self.contender, self.policy, case, summary)

    def sum_up(self, case):
        """What the packets of a case took, and at first, with others' caches."""
        turns, decides = self.results[case], self.contender.decides
        sum_up = self.packets[case].sum_up
        first = sum_up([turn[0] for turn in turns], decides)
        return {**sum_up([found for turn in turns for found in turn[1:]], decides),
                "ns_first": first["ns"]}


def together(session, members, rounds=ROUNDS):
    """Measure the members; that one fails stops none of the others. What is compared,
    a case, is judged by one right after another.
    """
    cases = dict.fromkeys(case for member in members for case in member.packets)
    with session.contained("unloading"), contextlib.ExitStack() as stack:
        there = []
        for member in members:
            with session.contained(member):
                member.load(session, stack)
                there.append(member)
        for number in range(rounds):
            time.sleep(PAUSE_SECONDS)
            first = number % len(members)
            for case in cases:
                for member in there[first:] + there[:first]:
                    member.judge(case)
        record(session, there)


def record(session, members):
    """Keep what was found of each; one load of those that are the same, the median."""
    alike = {}
    for member in members:
        with session.contained(member):
            member.record(session)
            alike.setdefault(str(member), []).append(member)
    for same in alike.values():
        session.record_load(same[0].contender, same[0].policy,
                            median([member.seconds for member in same]))
