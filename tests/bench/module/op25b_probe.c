// SPDX-License-Identifier: GPL-2.0
/*
 * The floor once more, for another network namespace at the same time: a module
 * is inserted only once under one name.
 */
#include "op25b_floor.c"
