// SPDX-License-Identifier: GPL-2.0
/*
 * op25b - Outbound Port 25 Blocking: life cycle of the module and of its state in each
 * network namespace.
 *
 * Hooks go in .pre_exit and state in .exit: the core waits for a grace period in between.
 */
#include <linux/module.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>

#include "netlink.h"
#include "netns.h"
#include "reclaim.h"
#include "txn.h"
#include "worker.h"

unsigned int op25b_net_id __read_mostly;

static int __net_init namespace_init(struct net *net)
{
	op25b_worker_init_net(op25b_net(net));
	op25b_rollback_init(op25b_net(net));
	return op25b_net_init(op25b_net(net), net);
}

static void __net_exit namespace_pre_exit(struct net *net)
{
	op25b_net_stop(op25b_net(net));
}

static void __net_exit namespace_exit(struct net *net)
{
	op25b_txns_abort(op25b_net(net));
	op25b_rollback_exit(op25b_net(net));
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

	err = op25b_reclaim_init();
	if (err)
		return err;
	err = op25b_worker_init();
	if (err)
		goto exit_reclaim;
	err = register_pernet_subsys(&namespace_ops);
	if (err)
		goto exit_worker;
	err = op25b_txn_init();
	if (err)
		goto unregister_pernet;
	err = op25b_netlink_init();
	if (err)
		goto exit_txn;
	return 0;

exit_txn:
	op25b_txn_exit();
unregister_pernet:
	unregister_pernet_subsys(&namespace_ops);
exit_worker:
	op25b_worker_exit();
exit_reclaim:
	op25b_reclaim_exit();
	return err;
}

static void __exit op25b_exit(void)
{
	op25b_worker_stop();
	op25b_netlink_exit();
	op25b_txn_exit();
	unregister_pernet_subsys(&namespace_ops);
	op25b_worker_exit();
	op25b_reclaim_exit();
}

module_init(op25b_init);
module_exit(op25b_exit);

MODULE_DESCRIPTION("Outbound Port 25 Blocking");
MODULE_LICENSE("GPL");
MODULE_VERSION(OP25B_VERSION);
MODULE_ALIAS_GENL_FAMILY("op25b");
