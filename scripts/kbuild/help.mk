# SPDX-License-Identifier: MIT
#
# Goals that need neither a configuration nor a compiler.

.PHONY: help tags
help:
	@cat scripts/kbuild/help.txt

tags:
	@$(call say,TAGS,$(out)tags)
	$(Q)git ls-files -z --cached --others --exclude-standard '*.[chS]' | xargs -0 \
	  ctags -f $(out)tags -I __init,__exit,__user,__iomem,__percpu+ --c-kinds=+px-l --langmap=asm:+.S
