/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Parameters of the module: variables, which tests may set.
 *
 * User-space stand-in, for the tests of src/.
 */
#ifndef _TESTS_LINUX_MODULEPARAM_H
#define _TESTS_LINUX_MODULEPARAM_H

#define module_param(name, type, perm)
#define MODULE_PARM_DESC(name, text)

#endif /* _TESTS_LINUX_MODULEPARAM_H */
