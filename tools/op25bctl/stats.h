/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The counters, as cmd_stats.c gets them; for cmd_show.c, too.
 */
#ifndef OP25BCTL_STATS_H
#define OP25BCTL_STATS_H

#include "netlink.h"

#define OUTCOMES	(OP25B_VERDICT_MAX + 1)

struct counter {
	u64 packets;
	u64 bytes;
};

/* The names that packets are counted by */
enum group {
	BY_LABEL,
	BY_PROVIDER,
	BY_OWNER,
	GROUPS
};

/**
 * struct row - the counters of a combination of names
 * @name: the names, empty for none; that of a sum is in the place of its group
 * @counters: by outcome
 */
struct row {
	char name[GROUPS][OP25B_NAME_MAX + 1];
	struct counter counters[OUTCOMES];
};

/**
 * struct stats - all counters
 * @reasons: by reason and outcome
 * @replies_suppressed: replies not sent because of the reply rate
 * @rows: by label, provider and owner, at most 65,535
 * @nr_rows: length of @rows
 * @room: rows that there is memory for
 */
struct stats {
	struct counter reasons[OP25B_REASON_MAX + 1][OUTCOMES];
	u64 replies_suppressed;
	struct row *rows;
	size_t nr_rows;
	size_t room;
};

int get_stats(struct kernel *kernel, struct stats *stats);

#endif /* OP25BCTL_STATS_H */
