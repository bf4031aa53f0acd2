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
.PHONY: help setup html test check serve linkcheck wheels clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

setup: ## make .venv, or find that it is finished
	@command -v "$(INTERPRETER)" >/dev/null || { echo \
	  "mgai: no $(INTERPRETER) here: install Python 3.11 or later, or name one with PYTHON=..." >&2; exit 1; }
	@"$(INTERPRETER)" $(BOOTSTRAP) setup $(CHOSEN)

html: setup ## execute the pages, check every claim, build _build/html
	@$(VENV) -m mgai_book html

test: setup ## run the whole test suite
	@status=0; \
	MGAI_TYPECHECK=1 $(VENV) -m pytest -m "not bad_input and not install" || status=1; \
	MGAI_TYPECHECK=0 $(VENV) -m pytest -m "bad_input and not install" || status=1; \
	if [ "$$MGAI_TEST_INSTALL" = 1 ]; then $(VENV) -m pytest -s -m install || status=1; fi; \
	exit $$status

check: setup ## check every claim and report all failures, not only the first
	@$(VENV) -m mgai_book check

serve: setup ## serve the built site on this machine
	@$(VENV) -m mgai_book serve

linkcheck: setup ## look up the external links (needs the network)
	@$(VENV) -m mgai_book linkcheck

WHEELS := wheels --leave "$(LEAVE)" $(if $(filter 1,$(TESTS)),--tests)

wheels: ## fill wheels/ for a machine without network (all but torch); TESTS=1, LEAVE="numpy scipy"
	@if "$(INTERPRETER)" -c "" 2>/dev/null; then "$(INTERPRETER)" $(BOOTSTRAP) $(WHEELS); \
	else python3 $(BOOTSTRAP) $(WHEELS) --for "$(PYTHON)"; fi

clean: ## remove what was built; .venv and wheels/ stay
	@if [ -e .venv/stamp.json ]; then $(VENV) -m mgai_book clean; else rm -rf _build; fi
