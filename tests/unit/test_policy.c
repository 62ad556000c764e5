// SPDX-License-Identifier: GPL-2.0
/*
 * Policies: verdicts against a model of the contract's verdict table, and the life
 * cycle of policies that share memory.
 */
#include "unit.h"

#include <errno.h>
#include <linux/kernel.h>
#include <stdlib.h>

#include "oracle.h"
#include "policy.h"

#define NO_CEILING	~0U

static const u16 ports[] = { 25, 25, 25, 587, 49152 };

/* Name sets: none; one label; then none or that label with each of two providers */
#define NAME_SETS	6

/**
 * struct world - a policy and its oracle
 * @names: the name sets, numbered from 0
 * @policy: the policy
 * @subscribers: entries of dynamic, fixed and dialup, by family
 * @relays: entries of relay, by family
 * @now: jiffies
 */
struct world {
	struct op25b_names *names;
	struct op25b_policy *policy;
	struct oracle subscribers[OP25B_FAMILIES];
	struct oracle relays[OP25B_FAMILIES];
	u32 now;
};

/* Addresses of four bits, so that everything overlaps */

static void roll_address(__be32 *addr)
{
	memset(addr, 0, 16);
	addr[0] = cpu_to_be32(shim_below(16) << 28);
}

static struct op25b_names *six_names(void)
{
	struct op25b_names *names = op25b_names_create();
	const char *why;
	int i;

	assert_non_null(names);
	for (i = 0; i < NAME_SETS; i++) {
		const struct op25b_name_set set = {
			.name[OP25B_NAME_LABEL] = i % 2 ? "label" : NULL,
			.name[OP25B_NAME_PROVIDER] = i / 2 == 1 ? "a" :
						     i / 2 == 2 ? "b" : NULL,
		};

		assert_int_equal(op25b_names_number(names, &set, &why), i);
	}
	return names;
}

/* 0 if the entry has none */
static int provider(const struct op25b_entry *entry)
{
	return entry->names / 2;
}

static void roll_entry(struct world *world, struct op25b_entry *entry)
{
	memset(entry, 0, sizeof(*entry));
	entry->prefix_len = shim_below(5);
	if (entry->prefix_len)
		entry->addr[0] = cpu_to_be32(shim_below(1 << entry->prefix_len)
					     << (32 - entry->prefix_len));
	entry->table = OP25B_TABLE_DYNAMIC + shim_below(OP25B_TABLE_MAX);
	if (entry->table == OP25B_TABLE_DYNAMIC && !shim_below(3))
		entry->flags = OP25B_ENTRY_MONITOR;
	entry->names = shim_below(NAME_SETS);
	if (entry->table == OP25B_TABLE_RELAY && provider(entry))
		entry->flags = OP25B_ENTRY_RESTRICTED;
	entry->timed = !shim_below(4);
	if (entry->timed)
		entry->expires = world->now - 2 + shim_below(5);
}

static void roll_world(struct world *world)
{
	struct op25b_settings *settings = &world->policy->settings;
	int n, family;

	settings->mode = shim_below(OP25B_MODE_MAX + 1);
	settings->close_return = shim_below(2);
	for (family = 0; family < OP25B_FAMILIES; family++) {
		world->subscribers[family].family = family;
		world->subscribers[family].count = 0;
		world->relays[family].family = family;
		world->relays[family].count = 0;
		for (n = shim_below(12); n > 0; n--) {
			struct op25b_entry entry;
			const char *why;

			roll_entry(world, &entry);
			op25b_policy_add(world->policy, family, &entry,
					 world->now, NO_CEILING, &why);
			oracle_add(entry.table == OP25B_TABLE_RELAY ?
				  &world->relays[family] :
				  &world->subscribers[family],
				  &entry, world->now);
		}
	}
}

/* The verdict table */

static const struct op25b_entry *relay(const struct world *world,
				       enum op25b_family family,
				       const __be32 *addr)
{
	return oracle_lookup(&world->relays[family], addr, world->now);
}

static const struct op25b_entry *subscriber(const struct world *world,
					    enum op25b_family family,
					    const __be32 *addr)
{
	return oracle_lookup(&world->subscribers[family], addr, world->now);
}

static bool is_class(const struct op25b_entry *entry, u8 id)
{
	return entry && entry->table == id;
}

/* A relay with a provider serves the subscribers of the same provider only */
static bool serves(const struct op25b_entry *relay, const struct op25b_entry *subscriber)
{
	return relay && (!provider(relay) ||
			 (subscriber && provider(subscriber) == provider(relay)));
}

/* The expected verdict on a packet, and the entry that decides */
struct verdict {
	u8 verdict;
	u8 reason;
	u8 direction;
	const struct op25b_entry *entry;
};

/* A verdict by reason; "block" in the verdict table becomes block or monitor here */
static struct verdict judgement(const struct world *world, u8 reason,
				u8 direction, const struct op25b_entry *entry)
{
	struct verdict j = {
		.reason = reason,
		.direction = direction,
		.entry = entry,
	};

	if (reason == OP25B_REASON_DYNAMIC || reason == OP25B_REASON_RETURN ||
	    reason == OP25B_REASON_MALFORMED)
		j.verdict = world->policy->settings.mode ==
			    OP25B_MODE_MONITOR || entry->flags ?
			    OP25B_VERDICT_MONITOR : OP25B_VERDICT_BLOCK;
	return j;
}

/* The first row of the verdict table that applies */
static struct verdict oracle_judge(const struct world *world,
				  const struct op25b_flow *flow)
{
	const struct op25b_entry *dst_relay, *src_relay, *src, *dst;
	bool to = flow->dport == 25, from = flow->sport == 25;
	u8 direction = to ? OP25B_DIRECTION_OUTBOUND :
		       from ? OP25B_DIRECTION_RETURN : OP25B_DIRECTION_NONE;

	src_relay = relay(world, flow->family, flow->src);
	dst_relay = relay(world, flow->family, flow->dst);
	src = subscriber(world, flow->family, flow->src);
	dst = subscriber(world, flow->family, flow->dst);

	if (world->policy->settings.mode == OP25B_MODE_OFF)
		return judgement(world, OP25B_REASON_OFF, OP25B_DIRECTION_NONE,
				 NULL);
	if (flow->hidden && !serves(dst_relay, src) && is_class(src, OP25B_TABLE_DYNAMIC))
		return judgement(world, OP25B_REASON_MALFORMED,
				 OP25B_DIRECTION_NONE, src);
	if (flow->hidden || (!to && !from))
		return judgement(world, OP25B_REASON_NONE,
				 OP25B_DIRECTION_NONE, NULL);
	if (to && serves(dst_relay, src))
		return judgement(world, OP25B_REASON_RELAY, direction,
				 dst_relay);
	if (to && is_class(src, OP25B_TABLE_FIXED))
		return judgement(world, OP25B_REASON_FIXED, direction, src);
	if (to && is_class(src, OP25B_TABLE_DIALUP))
		return judgement(world, OP25B_REASON_DIALUP, direction, src);
	if (to && is_class(src, OP25B_TABLE_DYNAMIC))
		return judgement(world, OP25B_REASON_DYNAMIC, direction, src);
	if (from && world->policy->settings.close_return && !serves(src_relay, dst) &&
	    is_class(dst, OP25B_TABLE_DYNAMIC))
		return judgement(world, OP25B_REASON_RETURN,
				 OP25B_DIRECTION_RETURN, dst);
	return judgement(world, to ? OP25B_REASON_OTHER : OP25B_REASON_NONE,
			 direction, NULL);
}

/* The relay that does not serve the subscriber of a packet that is not passed */
static const struct op25b_entry *oracle_refusing(const struct world *world,
						 const struct op25b_flow *flow,
						 const struct verdict *verdict)
{
	if (verdict->verdict == OP25B_VERDICT_PASS)
		return NULL;
	return relay(world, flow->family, verdict->reason == OP25B_REASON_RETURN ?
					  flow->src : flow->dst);
}

/* A copy of an address that ASan guards against overreads */
static __be32 *copy_address(const __be32 *addr, enum op25b_family family)
{
	size_t bytes = family == OP25B_IPV4 ? 4 : 16;

	return memcpy(malloc(bytes), addr, bytes);
}

static void judge_once(const struct world *world)
{
	const enum op25b_family family = shim_below(OP25B_FAMILIES);
	__be32 src[4], dst[4];
	struct op25b_flow flow = {
		.src = src,
		.dst = dst,
		.family = family,
		.hidden = !shim_below(6),
	};
	struct op25b_judgement got;
	const struct op25b_entry *relay;
	struct op25b_entry matched;
	struct verdict want;
	bool refused;

	roll_address(src);
	roll_address(dst);
	if (!flow.hidden) {
		flow.sport = ports[shim_below(ARRAY_SIZE(ports))];
		flow.dport = ports[shim_below(ARRAY_SIZE(ports))];
	}
	want = oracle_judge(world, &flow);
	flow.src = copy_address(src, family);
	flow.dst = copy_address(dst, family);
	op25b_policy_judge(world->policy, &flow, world->now, &got);
	assert_int_equal(got.reason, want.reason);
	assert_int_equal(got.verdict, want.verdict);
	assert_int_equal(got.direction, want.direction);
	assert_int_equal(!!got.word, !!want.entry);
	if (want.entry) {
		op25b_judgement_entry(world->policy, &got, &flow, &matched);
		assert_true(oracle_same(&matched, want.entry));
	}
	relay = oracle_refusing(world, &flow, &want);
	refused = op25b_judgement_relay(world->policy, &got, &flow, world->now,
					&matched);
	assert_int_equal(refused, !!relay);
	if (relay)
		assert_true(oracle_same(&matched, relay));
	free((void *)flow.src);
	free((void *)flow.dst);
}

static void verdicts(void **state)
{
	static struct world world;
	int games, flows;

	(void)state;
	world.names = six_names();
	for (games = 0; games < 4000; games++) {
		world.now = games - 5;
		world.policy = op25b_policy_create(world.names);
		assert_non_null(world.policy);
		roll_world(&world);
		for (flows = 0; flows < 100; flows++)
			judge_once(&world);
		op25b_policy_put(world.policy);
	}
	op25b_names_free(world.names);
	assert_int_equal(shim_memory.live, 0);
}

/* Contents */

static struct op25b_entry dynamic(u32 word)
{
	return (struct op25b_entry) {
		.addr = { cpu_to_be32(word) },
		.prefix_len = 32,
		.table = OP25B_TABLE_DYNAMIC,
	};
}

static void add(struct op25b_policy *policy, struct op25b_entry entry)
{
	const char *why;

	assert_int_equal(op25b_policy_add(policy, OP25B_IPV4, &entry, 0,
					  NO_CEILING, &why), 0);
}

static void defaults(void **state)
{
	struct op25b_policy *policy = op25b_policy_create(NULL);

	(void)state;
	assert_non_null(policy);
	assert_int_equal(policy->settings.mode, OP25B_MODE_ENFORCE);
	assert_int_equal(policy->settings.action, OP25B_ACTION_DROP);
	assert_int_equal(policy->settings.reply_rate, 1000);
	assert_true(policy->settings.close_return);
	assert_false(op25b_policy_is_active(policy));
	assert_false(op25b_policy_is_timed(policy));
	op25b_policy_put(policy);
}

static void active_with_dynamic_only(void **state)
{
	struct op25b_policy *policy = op25b_policy_create(NULL);
	struct op25b_entry entry = dynamic(1);
	const char *why;

	(void)state;
	entry.table = OP25B_TABLE_FIXED;
	add(policy, entry);
	assert_false(op25b_policy_is_active(policy));
	entry = dynamic(2);
	assert_int_equal(op25b_policy_add(policy, OP25B_IPV6, &entry, 0,
					  NO_CEILING, &why), 0);
	assert_true(op25b_policy_is_active(policy));
	policy->settings.mode = OP25B_MODE_OFF;
	assert_false(op25b_policy_is_active(policy));
	policy->settings.mode = OP25B_MODE_MONITOR;
	assert_true(op25b_policy_is_active(policy));
	assert_int_equal(op25b_policy_flush(policy, OP25B_TABLE_DYNAMIC, 0), 0);
	assert_false(op25b_policy_is_active(policy));
	assert_int_equal(op25b_lpm_count(op25b_policy_lpm(policy, OP25B_IPV4,
							  OP25B_TABLE_FIXED),
					 OP25B_TABLE_FIXED, 0), 1);
	op25b_policy_put(policy);
}

/* max_prefixes limits all tables and families together; replacing is not limited */
static void ceiling(void **state)
{
	struct op25b_policy *policy = op25b_policy_create(NULL);
	struct op25b_entry entry = dynamic(1);
	const char *why = NULL;

	(void)state;
	entry.table = OP25B_TABLE_RELAY;
	add(policy, entry);
	add(policy, dynamic(2));
	entry = dynamic(2);
	entry.names = 1;
	assert_int_equal(op25b_policy_add(policy, OP25B_IPV4, &entry, 0, 2,
					  &why), 0);
	assert_null(why);
	/* even if the limit was lowered below the current number */
	entry.names = 2;
	assert_int_equal(op25b_policy_add(policy, OP25B_IPV4, &entry, 0, 1,
					  &why), 0);
	assert_null(why);
	assert_true(op25b_policy_uses(policy, 2));
	entry.prefix_len = 128;
	entry.timed = true;
	entry.expires = 100;
	assert_int_equal(op25b_policy_add(policy, OP25B_IPV6, &entry, 0, 3,
					  &why), 0);
	entry.addr[3] = 1;
	assert_int_equal(op25b_policy_add(policy, OP25B_IPV6, &entry, 0, 3,
					  &why), -ENOSPC);
	assert_non_null(why);
	op25b_policy_put(policy);
}

/* A draft that is not a clone differs if any setting or entry does */
static void differs(void **state)
{
	struct op25b_policy *a = op25b_policy_create(NULL);
	struct op25b_policy *b = op25b_policy_create(NULL);
	struct op25b_settings same = a->settings;
	struct op25b_entry entry = dynamic(1);
	u8 id;

	(void)state;
	assert_false(op25b_policy_differs(a, b));
	b->settings.mode = OP25B_MODE_OFF;
	assert_true(op25b_policy_differs(a, b));
	b->settings = same;
	b->settings.action = OP25B_ACTION_RESET;
	assert_true(op25b_policy_differs(a, b));
	b->settings = same;
	b->settings.close_return = false;
	assert_true(op25b_policy_differs(a, b));
	b->settings = same;
	b->settings.reply_rate++;
	assert_true(op25b_policy_differs(a, b));
	b->settings = same;
	for (id = OP25B_TABLE_DYNAMIC; id <= OP25B_TABLE_MAX; id++) {
		entry.addr[0] = id;
		entry.table = id;
		add(a, entry);
		assert_true(op25b_policy_differs(a, b));
		add(b, entry);
		assert_false(op25b_policy_differs(a, b));
	}
	op25b_policy_put(a);
	op25b_policy_put(b);
}

/* A clone differs if an entry was changed, even if changed back */
static void clone_differs(void **state)
{
	struct op25b_policy *origin = op25b_policy_create(NULL), *draft;
	struct op25b_entry entry = dynamic(1);
	const char *why;

	(void)state;
	add(origin, entry);
	draft = op25b_policy_clone(origin);
	add(draft, entry);
	assert_int_equal(op25b_policy_flush(draft, OP25B_TABLE_FIXED, 0), 0);
	assert_false(op25b_policy_differs(draft, origin));
	draft->settings.mode = OP25B_MODE_OFF;
	assert_true(op25b_policy_differs(draft, origin));
	draft->settings = origin->settings;
	assert_false(op25b_policy_differs(draft, origin));
	assert_int_equal(op25b_policy_del(draft, OP25B_IPV4, &entry, 0, &why),
			 0);
	assert_true(op25b_policy_differs(draft, origin));
	add(draft, entry);
	assert_true(op25b_policy_differs(draft, origin));
	op25b_policy_put(draft);
	draft = op25b_policy_clone(origin);
	assert_int_equal(op25b_policy_flush(draft, OP25B_TABLE_DYNAMIC, 0), 0);
	assert_true(op25b_policy_differs(draft, origin));
	op25b_policy_put(draft);
	op25b_policy_put(origin);
	assert_int_equal(shim_memory.live, 0);
}

/* Expired entries of all tables are removed from a clone, a few thousand at once */
static void expire(void **state)
{
	struct op25b_policy *policy = op25b_policy_create(NULL), *draft;
	u32 i, left = 5001;
	int nr;

	(void)state;
	for (i = 0; i < left; i++) {
		struct op25b_entry entry = dynamic(i);

		entry.table = i % 2 ? OP25B_TABLE_RELAY : OP25B_TABLE_DYNAMIC;
		entry.timed = true;
		entry.expires = i ? -15U : 10;
		add(policy, entry);
	}
	while (left) {
		assert_true(op25b_policy_is_timed(policy));
		draft = op25b_policy_clone(policy);
		nr = op25b_policy_expire(draft, left > 1 ? -15U : 10, 0);
		assert_true(op25b_policy_differs(draft, policy));
		assert_int_equal(nr, left > 1 ? min(left - 1, 4096U) : 1);
		left -= nr;
		op25b_policy_link(policy, draft);
		op25b_policy_put(policy);
		policy = draft;
	}
	assert_false(op25b_policy_is_timed(policy));
	op25b_policy_put(policy);
	assert_int_equal(shim_memory.live, 0);
}

/* Timeouts in any table and family are found */
static void timed(void **state)
{
	u8 family, id;

	(void)state;
	for (family = 0; family < OP25B_FAMILIES; family++) {
		for (id = OP25B_TABLE_DYNAMIC; id <= OP25B_TABLE_MAX; id++) {
			struct op25b_policy *policy = op25b_policy_create(NULL);
			struct op25b_entry entry = dynamic(1);
			const char *why;

			entry.table = id;
			entry.timed = true;
			entry.expires = 100;
			assert_int_equal(op25b_policy_add(policy, family, &entry,
							  0, NO_CEILING, &why), 0);
			assert_true(op25b_policy_is_timed(policy));
			op25b_policy_put(policy);
		}
	}
}

/* The size reported for a policy that shares nothing is that allocated */
static void bytes(void **state)
{
	struct op25b_policy *policy = op25b_policy_create(NULL);
	u8 family, id;

	(void)state;
	assert_int_equal(op25b_policy_bytes(policy), shim_memory.bytes);
	for (family = 0; family < OP25B_FAMILIES; family++) {
		for (id = OP25B_TABLE_DYNAMIC; id <= OP25B_TABLE_MAX; id++) {
			struct op25b_entry entry = dynamic(id);
			const char *why;

			entry.table = id;
			assert_int_equal(op25b_policy_add(policy, family, &entry,
							  0, NO_CEILING, &why), 0);
			assert_int_equal(op25b_policy_bytes(policy),
					 shim_memory.bytes);
		}
	}
	op25b_policy_put(policy);
}

/* A flush that fails in one family returns the error, whatever the other one does */
static void flush_fails(void **state)
{
	u8 family;

	(void)state;
	for (family = 0; family < OP25B_FAMILIES; family++) {
		struct op25b_policy *policy = op25b_policy_create(NULL);
		struct op25b_policy *draft;
		struct op25b_entry entry = dynamic(1);
		const char *why;

		assert_int_equal(op25b_policy_add(policy, family, &entry, 0,
						  NO_CEILING, &why), 0);
		draft = op25b_policy_clone(policy);
		shim_fatal = 1;
		assert_int_equal(op25b_policy_flush(draft, OP25B_TABLE_DYNAMIC,
						    0), -EINTR);
		shim_fatal = 0;
		op25b_policy_put(draft);
		draft = op25b_policy_clone(policy);
		shim_memory.fail_in = 1;
		assert_int_equal(op25b_policy_flush(draft, OP25B_TABLE_DYNAMIC,
						    0), -ENOMEM);
		op25b_policy_put(draft);
		op25b_policy_put(policy);
		assert_int_equal(shim_memory.live, 0);
	}
}

/* A name set is in use if an entry of any table has it */
static void uses(void **state)
{
	struct op25b_policy *policy = op25b_policy_create(NULL);
	struct op25b_entry entry = dynamic(1);

	(void)state;
	entry.names = 7;
	add(policy, entry);
	entry.names = 900;
	entry.table = OP25B_TABLE_RELAY;
	add(policy, entry);
	assert_true(op25b_policy_uses(policy, 7));
	assert_true(op25b_policy_uses(policy, 900));
	assert_false(op25b_policy_uses(policy, 8));
	assert_false(op25b_policy_uses(policy, 65535));
	assert_int_equal(op25b_policy_flush(policy, OP25B_TABLE_RELAY, 0), 0);
	assert_false(op25b_policy_uses(policy, 900));
	op25b_policy_put(policy);
}

/* Life cycle */

#define SNAPSHOTS	8

/* Large enough that a change leaves most memory shared */
static struct op25b_policy *large_policy(void)
{
	struct op25b_policy *policy = op25b_policy_create(NULL);
	u32 i;

	assert_non_null(policy);
	for (i = 0; i < 800; i++)
		add(policy, dynamic(i));
	return policy;
}

static u32 walk(const struct op25b_policy *policy)
{
	struct op25b_cursor cursor = {};
	struct op25b_entry entry;
	u32 n = 0;

	while (op25b_lpm_next(op25b_policy_lpm(policy, OP25B_IPV4,
					       OP25B_TABLE_DYNAMIC),
			      &cursor, &entry))
		n++;
	return n;
}

/*
 * Repeated commits, as in netns.c, while snapshots of any age are held: the contents
 * of a snapshot must not change.
 */
static void succession(void **state)
{
	struct op25b_policy *running = large_policy(), *draft, *old;
	struct op25b_policy *snapshots[SNAPSHOTS] = {};
	u32 counts[SNAPSHOTS], i, step;

	(void)state;
	for (step = 0; step < 2000; step++) {
		i = shim_below(SNAPSHOTS);
		if (snapshots[i])
			assert_int_equal(walk(snapshots[i]), counts[i]);
		op25b_policy_put(snapshots[i]);
		snapshots[i] = op25b_policy_get(running);
		counts[i] = walk(running);

		draft = shim_below(100) ? op25b_policy_clone(running) :
					  large_policy();
		add(draft, dynamic(shim_below(2000)));
		if (!shim_below(4)) {
			op25b_policy_put(draft);
			continue;
		}
		old = running;
		op25b_policy_link(old, draft);
		running = draft;
		op25b_policy_put(old);
	}
	op25b_policy_put(running);
	for (i = 0; i < SNAPSHOTS; i++)
		op25b_policy_put(snapshots[i]);
	assert_int_equal(shim_memory.live, 0);
}

/* An unfinished dump holds its snapshot, and no memory of later policies */
static void held_snapshot(void **state)
{
	struct op25b_policy *snapshot = large_policy(), *running, *draft;
	size_t bytes = shim_memory.bytes;
	u32 count = walk(snapshot), step;

	(void)state;
	running = op25b_policy_get(snapshot);
	for (step = 0; step < 5000; step++) {
		draft = op25b_policy_clone(running);
		add(draft, dynamic(shim_below(800)));
		op25b_policy_link(running, draft);
		op25b_policy_put(running);
		running = draft;
		assert_true(shim_memory.bytes < 4 * bytes);
	}
	assert_int_equal(walk(snapshot), count);
	op25b_policy_put(running);
	op25b_policy_put(snapshot);
	assert_int_equal(shim_memory.live, 0);
}

/* Labels may be freed only if no other policy can refer to them */
static void alone(void **state)
{
	struct op25b_policy *first = op25b_policy_create(NULL), *second, *draft;
	int clone;

	(void)state;
	for (clone = 0; clone < 2; clone++) {
		assert_true(op25b_policy_is_only(first, NULL, 0));
		second = clone ? op25b_policy_clone(first) :
				 op25b_policy_create(NULL);
		assert_int_equal(op25b_policy_is_only(first, NULL, 0), !clone);
		op25b_policy_link(first, second);
		assert_false(op25b_policy_is_only(second, NULL, 0));
		op25b_policy_put(first);
		assert_true(op25b_policy_is_only(second, NULL, 0));
		first = second;
	}
	draft = op25b_policy_clone(first);
	assert_false(op25b_policy_is_only(first, NULL, 0));
	op25b_policy_put(draft);
	assert_true(op25b_policy_is_only(first, NULL, 0));
	op25b_policy_put(first);
	assert_int_equal(shim_memory.live, 0);
}

/* Policies that are kept do not count, with exactly the references of who keeps them */
static void alone_with_kept(void **state)
{
	struct op25b_policy *first = op25b_policy_create(NULL);
	struct op25b_policy *second = op25b_policy_create(NULL);
	struct op25b_policy *third = op25b_policy_create(NULL);
	struct op25b_policy *const kept[] = { NULL, first, first };

	(void)state;
	op25b_policy_get(first);
	op25b_policy_link(first, second);
	op25b_policy_link(second, third);
	assert_false(op25b_policy_is_only(third, kept, 3));
	op25b_policy_put(second);
	assert_true(op25b_policy_is_only(third, kept, 3));
	assert_false(op25b_policy_is_only(third, kept, 2));
	assert_false(op25b_policy_is_only(third, NULL, 0));
	op25b_policy_get(third);
	assert_false(op25b_policy_is_only(third, kept, 3));
	op25b_policy_put(third);
	op25b_policy_put(first);
	assert_true(op25b_policy_is_only(third, kept, 2));
	op25b_policy_put(first);
	assert_true(op25b_policy_is_only(third, NULL, 0));
	op25b_policy_put(third);
	assert_int_equal(shim_memory.live, 0);
}

static void no_memory(void **state)
{
	struct op25b_policy *origin = op25b_policy_create(NULL), *draft = NULL;
	size_t nth, live;

	(void)state;
	add(origin, dynamic(1));
	live = shim_memory.live;
	for (nth = 1; !draft; nth++) {
		shim_memory.fail_in = nth;
		draft = op25b_policy_clone(origin);
		assert_true(draft || shim_memory.live == live);
	}
	shim_memory.fail_in = 0;
	op25b_policy_put(draft);
	assert_int_equal(shim_memory.live, live);
	op25b_policy_put(origin);
	assert_int_equal(shim_memory.live, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fresh_test(verdicts),
		fresh_test(defaults),
		fresh_test(active_with_dynamic_only),
		fresh_test(ceiling),
		fresh_test(differs),
		fresh_test(clone_differs),
		fresh_test(expire),
		fresh_test(timed),
		fresh_test(bytes),
		fresh_test(flush_fails),
		fresh_test(uses),
		fresh_test(succession),
		fresh_test(held_snapshot),
		fresh_test(alone),
		fresh_test(alone_with_kept),
		fresh_test(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
