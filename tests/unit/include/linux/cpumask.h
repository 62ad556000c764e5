/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The number of CPUs, see percpu.h.
 *
 * User-space stand-in, for the tests of src/.
 */
#ifndef _TESTS_LINUX_CPUMASK_H
#define _TESTS_LINUX_CPUMASK_H

#include <linux/percpu.h>

#define num_possible_cpus()	SHIM_CPUS

#endif /* _TESTS_LINUX_CPUMASK_H */
