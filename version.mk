# SPDX-License-Identifier: GPL-2.0
# The version of module and tool; included by both Makefiles.
VERSION := 1.0.0
