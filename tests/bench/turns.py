# SPDX-License-Identifier: GPL-2.0
"""Contenders measured in turns. The speed of a machine may change within a minute. So
all contenders are loaded at the same time, each in a network namespace of its own,
and judge the same packets one after the other.
"""

import contextlib
import time

from contenders import median, own_namespace
from measuring import settled

ROUNDS = 12
PAUSE_SECONDS = 1

# Runs of the same packets in a turn; the first one is with cold caches
PASSES = 4

# MiB to read before each turn, to evict the processor's caches
EVICT_MIB = 64


class Member:
    """A contender with a policy, the seconds it took to load, and results by case:
    for each turn a list of its passes.
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
        """Load the policy and its packets until the stack is unwound."""
        stack.enter_context(own_namespace())
        before = self.weighed and settled()
        self.seconds = stack.enter_context(session.loaded(self.contender,
                                                          self.policy))
        if self.weighed:
            session.record_memory(self.contender, self.policy, before)
        stack.enter_context(session.expired(self.contender, self.policy,
                                            self.seconds))
        for case in self.packets:
            self.packets[case] = session.packets(self.policy, case)
            stack.callback(self.packets[case].close)

    def judge(self, case):
        """Take a turn with the packets of a case, if it is one of ours."""
        if case in self.packets:
            evict_caches()
            self.results[case].append([self.packets[case].judge()
                                       for _ in range(PASSES)])

    def record(self, session):
        """Write the results, unless a verdict was wrong."""
        found = {case: self.summary(case) for case in self.packets}
        for case, summary in found.items():
            session.record_packet(self.contender, self.policy, case, summary)

    def summary(self, case):
        """Summary of the warm passes, and the minimum of the first, cold ones."""
        turns, decides = self.results[case], self.contender.decides
        summary = self.packets[case].summary
        cold = summary([turn[0] for turn in turns], decides)
        return {**summary([found for turn in turns for found in turn[1:]], decides),
                "ns_cold": cold["ns"]}


def evict_caches(memory=bytes([1]) * (EVICT_MIB << 20)):
    """Read a lot of memory: writing it might bypass the caches."""
    assert memory.find(0) < 0


def together(session, members, rounds=ROUNDS):
    """Measure the members in turns; a failing one does not stop the others."""
    cases = dict.fromkeys(case for member in members for case in member.packets)
    with session.contained("unloading"), contextlib.ExitStack() as stack:
        there = []
        for member in members:
            with session.contained(member):
                member.load(session, stack)
                there.append(member)
        for number in range(rounds if cases else 0):
            time.sleep(PAUSE_SECONDS)
            first = number % len(members)
            for case in cases:
                for member in there[first:] + there[:first]:
                    member.judge(case)
        record(session, there)


def record(session, members):
    """Write the results of each; of equal members one load, the median."""
    alike = {}
    for member in members:
        with session.contained(member):
            member.record(session)
            alike.setdefault(str(member), []).append(member)
    for same in alike.values():
        session.record_load(same[0].contender, same[0].policy,
                            median([member.seconds for member in same]))
