/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exit status, as grep's: returned by commands and by functions that print errors.
 */
#ifndef OP25BCTL_STATUS_H
#define OP25BCTL_STATUS_H

enum status {
	STATUS_DONE,
	STATUS_NEGATIVE,
	STATUS_ERROR,
};

#endif /* OP25BCTL_STATUS_H */
