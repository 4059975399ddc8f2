# SPDX-License-Identifier: MIT
"""What scripts/vm and scripts/mkinitramfs are made of."""
