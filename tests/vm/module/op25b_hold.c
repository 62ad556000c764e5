// SPDX-License-Identifier: GPL-2.0
/*
 * For the VM tests: holds the release of a netlink socket after its port id is free
 * and before other notifiers are called. Set the parameter portid, close the socket,
 * wait until held is 1; the release continues when portid is set to 0.
 */
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <linux/wait.h>

static DECLARE_WAIT_QUEUE_HEAD(queue);
static unsigned int portid;
static unsigned int held;

static int set_portid(const char *value, const struct kernel_param *param)
{
	int err = param_set_uint(value, param);

	wake_up_all(&queue);
	return err;
}

static const struct kernel_param_ops portid_ops = {
	.set = set_portid,
	.get = param_get_uint,
};

module_param_cb(portid, &portid_ops, &portid, 0644);
module_param(held, uint, 0444);

static int hold(struct notifier_block *block, unsigned long event, void *data)
{
	const struct netlink_notify *notify = data;
	unsigned int wanted = READ_ONCE(portid);

	if (event != NETLINK_URELEASE || !wanted || notify->portid != wanted)
		return NOTIFY_DONE;
	WRITE_ONCE(held, 1);
	wait_event(queue, READ_ONCE(portid) != wanted);
	WRITE_ONCE(held, 0);
	return NOTIFY_DONE;
}

static struct notifier_block notifier = {
	.notifier_call = hold,
	.priority = INT_MAX,
};

static int __init op25b_hold_init(void)
{
	return netlink_register_notifier(&notifier);
}

static void __exit op25b_hold_exit(void)
{
	netlink_unregister_notifier(&notifier);
}

module_init(op25b_hold_init);
module_exit(op25b_hold_exit);

MODULE_DESCRIPTION("Holds the release of a netlink socket, for tests");
MODULE_LICENSE("GPL");
