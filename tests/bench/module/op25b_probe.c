// SPDX-License-Identifier: GPL-2.0
/*
 * op25b_floor under another name, so that both can be loaded, in network
 * namespaces of their own.
 */
#include "op25b_floor.c"
