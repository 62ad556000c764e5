// SPDX-License-Identifier: GPL-2.0
/*
 * op25b - Outbound Port 25 Blocking: life cycle of the module and of its state
 * in each network namespace.
 *
 * Hooks go in .pre_exit and state in .exit: the core waits for a grace period
 * in between.
 */
#include <linux/module.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>

#include "net.h"
#include "netlink.h"
#include "release.h"
#include "transaction.h"

unsigned int op25b_net_id __read_mostly;
struct workqueue_struct *op25b_expiry_queue;

static int __net_init namespace_init(struct net *net)
{
	return op25b_net_init(op25b_net(net), net);
}

static void __net_exit namespace_pre_exit(struct net *net)
{
	op25b_net_stop(op25b_net(net));
}

static void __net_exit namespace_exit(struct net *net)
{
	op25b_net_exit(op25b_net(net));
}

static struct pernet_operations namespace_ops = {
	.init = namespace_init,
	.pre_exit = namespace_pre_exit,
	.exit = namespace_exit,
	.id = &op25b_net_id,
	.size = sizeof(struct op25b_net),
};

static int __init op25b_init(void)
{
	int err;

	err = op25b_release_init();
	if (err)
		return err;
	err = -ENOMEM;
	op25b_expiry_queue = alloc_workqueue("op25b_expiry", WQ_UNBOUND, 0);
	if (!op25b_expiry_queue)
		goto exit_release;
	err = register_pernet_subsys(&namespace_ops);
	if (err)
		goto destroy_expiry_queue;
	err = op25b_transaction_init();
	if (err)
		goto unregister_pernet;
	err = op25b_netlink_init();
	if (err)
		goto exit_transaction;
	return 0;

exit_transaction:
	op25b_transaction_exit();
unregister_pernet:
	unregister_pernet_subsys(&namespace_ops);
destroy_expiry_queue:
	destroy_workqueue(op25b_expiry_queue);
exit_release:
	op25b_release_exit();
	return err;
}

static void __exit op25b_exit(void)
{
	op25b_netlink_exit();
	op25b_transaction_exit();
	unregister_pernet_subsys(&namespace_ops);
	destroy_workqueue(op25b_expiry_queue);
	op25b_release_exit();
}

module_init(op25b_init);
module_exit(op25b_exit);

MODULE_DESCRIPTION("Outbound Port 25 Blocking");
MODULE_LICENSE("GPL");
MODULE_VERSION(OP25B_VERSION);
MODULE_ALIAS_GENL_FAMILY("op25b");
