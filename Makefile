# The commands of this project; `make` alone lists them. The first one that needs it makes `.venv`.
#   PYTHON  the interpreter that `.venv` is made with, once: python3.12, 3.12 or a path (default: python3);
#           for `make wheels`, the Python of the machine that the wheels are for

PYTHON ?= python3
INTERPRETER := $(if $(filter 3.%,$(PYTHON)),python$(PYTHON),$(PYTHON))
CHOSEN := $(if $(filter file,$(origin PYTHON)),,--chosen)
BOOTSTRAP := book/extensions/bootstrap.py
VENV := .venv/bin/python

# Two processes with several OpenMP threads each run 2 to 7 times slower than with one thread each.
export OMP_NUM_THREADS := 1

.DEFAULT_GOAL := help
.NOTPARALLEL: # the targets share .venv and _build; what can run side by side does so by itself
.PHONY: help setup html test check cells draft watch execute compare measure serve zip linkcheck wheels clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

setup: ## make .venv, or find that it is finished
	@command -v "$(INTERPRETER)" >/dev/null || { echo \
	  "mgai: no $(INTERPRETER) here: install Python 3.11 or later, or name one with PYTHON=..." >&2; exit 1; }
	@"$(INTERPRETER)" $(BOOTSTRAP) setup $(CHOSEN)

html: setup ## execute the pages, check every claim, build _build/html; PAGE=kaist-02: one page, into _build/preview
	@$(VENV) -m mgai_book html $(if $(PAGE),--page '$(PAGE)')

# A file of tests stays in one process, which keeps what its tests share; more than four processes crowd the browser.
SIDE_BY_SIDE := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder --durations 20

test: setup ## run the whole test suite
	@status=0; \
	MGAI_TYPECHECK=1 $(VENV) -m pytest $(SIDE_BY_SIDE) -m "not bad_input and not install" || status=1; \
	MGAI_TYPECHECK=0 $(VENV) -m pytest $(SIDE_BY_SIDE) -m "bad_input and not install" || status=1; \
	if [ "$$MGAI_TEST_INSTALL" = 1 ]; then $(VENV) -m pytest $(SIDE_BY_SIDE) --dist load -m install || status=1; fi; \
	exit $$status

check: setup ## check every claim and report all failures; SEEDS=5: for the seeds 0 to 4; PAGE=...: of one page
	@$(VENV) -m mgai_book check $(if $(PAGE),--page '$(PAGE)') $(if $(SEEDS),--seeds '$(SEEDS)')

cells: setup ## build the site and run every visible cell of it alone
	@$(VENV) -m mgai_book cells

draft: setup ## render everything, failing pages included, into _build/draft, with the faults in red
	@$(VENV) -m mgai_book draft

watch: setup ## serve the site, build it again on every save and reload the browser; PORT=8000
	@$(VENV) -m mgai_book watch $(if $(PORT),--port '$(PORT)')

execute: setup ## execute the pages; SHARD=2/5: the second of five shares (their _build/cache folders merge by copying)
	@$(VENV) -m mgai_book execute $(if $(SHARD),--shard '$(SHARD)')

compare: setup ## list the claims on which two builds do not agree: A=_build B=../other/_build
	@$(VENV) -m mgai_book compare $(if $(A),--a '$(A)') $(if $(B),--b '$(B)')

measure: setup ## open every page of the built site in Chromium: first paint and layout shift, for the build page
	@$(VENV) -m mgai_book measure

serve: setup ## serve the built site on this machine; PORT=8000
	@$(VENV) -m mgai_book serve $(if $(PORT),--port '$(PORT)')

zip: setup ## pack the site, built if it is not current, into _build/mgai-book-<version>.zip, to be read offline
	@$(VENV) -m mgai_book zip

linkcheck: setup ## look up the external links (needs the network)
	@$(VENV) -m mgai_book linkcheck

WHEELS := wheels --leave "$(LEAVE)" $(if $(filter 1,$(TESTS)),--tests)

wheels: ## fill wheels/ for a machine without network (all but torch); TESTS=1, LEAVE="numpy scipy"
	@if "$(INTERPRETER)" -c "" 2>/dev/null; then "$(INTERPRETER)" $(BOOTSTRAP) $(WHEELS); \
	else python3 $(BOOTSTRAP) $(WHEELS) --for "$(PYTHON)"; fi

clean: ## remove what was built; .venv and wheels/ stay
	@if [ -e .venv/stamp.json ]; then $(VENV) -m mgai_book clean; else rm -rf _build; fi
