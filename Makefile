# Two commands matter: `make book` builds the site, `make test` checks everything it says.
# They need Python >= 3.11, git and make. Everything else goes into .venv here; the system is not changed.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

# What the user has installed or set elsewhere must not leak into the book.
unexport PYTHONPATH PYTHONHOME JUPYTER_PATH
# About a hundred processes import the same packages: to compile these once saves minutes.
unexport PYTHONDONTWRITEBYTECODE
export JUPYTER_PREFER_ENV_PATH := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Small matrices gain nothing from threads, and the threads of parallel processes get in each other's way.
export OPENBLAS_NUM_THREADS := 1

# The first interpreter that is new enough; `make PYTHON=/path/to/python3 book` chooses another.
PYTHON = $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)

BIN := .venv/bin
# Python compiles what it imports; to compile everything installed takes as long as to install it.
INSTALL := install --no-compile
# Builds matplotlib's font cache now, not inside a chapter.
FONTS := python -c "import matplotlib.font_manager"
# A moved checkout needs a new environment: scripts inside it hold absolute paths. So the path is part of the stamp's name.
HERE := $(firstword $(shell printf '%s' '$(CURDIR)' | cksum))
VENV := .venv/.made-$(HERE)
BOOK_ENV := .venv/.book-$(HERE)
DEV_ENV := .venv/.dev-$(HERE)
LAB_ENV := .venv/.lab-$(HERE)
COLAB_ENV := .venv/.colab-$(HERE)
LITE_ENV := .venv/.lite-$(HERE)
# Python for the pages; where no source has it the site comes without.
PYODIDE := .venv/pyodide/.whole
LIGHTHOUSE := tools/lighthouse/node_modules/.installed

SITE := _build/html/index.html
# Pages that lead to downloads differ from those that do not: `make publish` sets PUBLISHED.
BUILT := _build/html/.built$(PUBLISHED)
# The list of inputs is itself an input: a deleted or renamed file changes it.
LIST := _build/inputs.txt
INPUTS := $(shell find book lessons_lib extensions tools/shared -type f ! -name '*.pyc' ! -name '*.mo' ! -path '*/.*' | LC_ALL=C sort)

.PHONY: help book test reach mutants answers plan publish notebooks exercises adopt bench serve lab clean distclean offline pdf audit lite FORCE

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

book: $(BUILT)  ## build the site into _build/html (makes its own environment)
	@echo "The site is ready, open it in a browser: file://$(CURDIR)/$(SITE)"

test: $(VENV)  ## run all checks: linter, tests, doctests, notebooks, the built site
	@$(MAKE) --no-print-directory $(COLAB_ENV) & others=$$!; \
		$(MAKE) --no-print-directory $(DEV_ENV) && $(BIN)/ruff check . && $(MAKE) --no-print-directory $(BUILT); \
		built=$$?; wait $$others && exit $$built
	$(BIN)/python -m pytest -n 3 --nbval --nbval-current-env
	@echo "All checks passed."

reach: publish $(LIGHTHOUSE) $(COLAB_ENV)  ## run the wider checks: fresh environments, what is published (takes minutes)
	REACH=1 $(BIN)/python -m pytest tests/reach tests/grading/test_hostile.py

mutants: $(DEV_ENV)  ## break the library in every small way and see what no test notices: make mutants [ONLY=losses]
	$(BIN)/python -m tools.mutants $(ONLY)

answers: $(BOOK_ENV)  ## break the right answers of the exercises in every small way and see which a check accepts
	$(BIN)/python -m tools.answers

plan: $(BOOK_ENV)  ## write secret plans: with one, a teacher grades without this checkout: make plan [SEED=5]
	$(BIN)/python -m exercises.plan $(SEED)

publish: export PUBLISHED := 1
publish: $(DEV_ENV)  ## build the site with all that can be downloaded, and JupyterLite beside it
	@$(MAKE) --no-print-directory book pdf lite offline

notebooks: $(DEV_ENV)  ## execute the notebooks and bring them to the committed form
	$(BIN)/python -m tools.notebooks

exercises: $(BOOK_ENV)  ## make the students' notebooks and the records of the checks from exercises/
	$(BIN)/python -m tools.exercises

adopt: $(BOOK_ENV)  ## give the course its own address: make adopt REPO=https://github.com/you/course [BRANCH=main]
	$(BIN)/python -m tools.adopt "$(REPO)" --branch "$(or $(BRANCH),main)"

offline: $(BUILT)  ## pack the site into one zip that works without a network
	$(BIN)/python -m tools.site_zip

pdf: $(DEV_ENV) $(BUILT)  ## print the course and the cheat sheet into _build/html/downloads
	$(BIN)/python -m tools.paper

bench: $(DEV_ENV) $(BUILT)  ## measure and record speed: steps of training, pages, controls; ALL=1: builds and tests too
	$(BIN)/python -m tools.bench $(if $(ALL),--all)

audit: $(DEV_ENV) $(LIGHTHOUSE) $(BUILT)  ## judge every page with Lighthouse and axe (minutes; needs npm and Chromium)
	$(BIN)/python -m tools.audit

lite: $(LITE_ENV) | $(PYODIDE)  ## put JupyterLite beside the site: the notebooks run in the reader's browser
	.venv/lite/bin/python -m tools.jupyterlite _build/html/lite

serve: $(BUILT)  ## show the site at http://127.0.0.1:8000
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/html 8000

lab: $(LAB_ENV)  ## open the chapters in JupyterLab
	$(BIN)/jupyter lab book

clean:  ## remove what was built, keep the environment
	rm -rf _build mutants .pytest_cache .ruff_cache .hypothesis
	find lessons_lib lessons_grade extensions tests tools -name __pycache__ -type d -prune -exec rm -rf {} +
	find extensions -name '*.mo' -type f -exec rm -f {} +

distclean: clean  ## remove the environment too
	rm -rf .venv lessons_grade/*.egg-info

# ---- environment ----------------------------------------------------------------------------------------------------

$(VENV):
	@if [ -z "$(PYTHON)" ]; then echo "Python 3.11 or newer is needed; found: $$(python3 --version 2>&1)"; exit 1; fi; \
		echo "Making the environment .venv with $(PYTHON) ($$($(PYTHON) --version))"; \
		rm -rf .venv; \
		$(PYTHON) -m venv .venv || { rm -rf .venv; echo "Python came without venv. On Debian or Ubuntu: apt install python3-venv"; exit 1; }
	@touch $@

$(BOOK_ENV): requirements.txt binder/requirements.txt pyproject.toml | $(VENV)
	$(BIN)/python -m pip $(INSTALL) -r requirements.txt
	@$(BIN)/$(FONTS)
	@touch $@

# Includes everything that the book needs.
$(DEV_ENV): requirements-dev.txt requirements.txt binder/requirements.txt pyproject.toml lessons_grade/pyproject.toml | $(VENV)
	$(BIN)/python -m pip $(INSTALL) -r requirements-dev.txt
	@$(BIN)/$(FONTS)
	@[ -e $(BOOK_ENV) ] || touch $(BOOK_ENV)
	@touch $@

$(LAB_ENV): requirements-dev.txt $(BOOK_ENV)
	$(BIN)/python -m pip $(INSTALL) -r requirements.txt $$(grep -o '^jupyterlab==[0-9.]*' requirements-dev.txt)
	@touch $@

$(COLAB_ENV): tests/colab/requirements.txt pyproject.toml | $(VENV)
	$(BIN)/python -m venv --clear --without-pip .venv/colab
	$(BIN)/python -m pip --python .venv/colab/bin/python $(INSTALL) -r tests/colab/requirements.txt
	@.venv/colab/bin/$(FONTS)
	@touch $@

$(LITE_ENV): tools/jupyterlite-requirements.txt | $(VENV)
	$(BIN)/python -m venv --clear .venv/lite
	.venv/lite/bin/python -m pip $(INSTALL) -r tools/jupyterlite-requirements.txt
	@touch $@

$(PYODIDE): tools/shared/pyodide.json | $(VENV)
	@$(BIN)/python -m tools.shared.pyodide && touch $@ && rm -f _build/html/.built* || echo "The pages come without Python."

$(LIGHTHOUSE): tools/lighthouse/package.json
	@command -v npm >/dev/null || { echo "make audit needs Node.js 18.16 or newer, with npm"; exit 1; }
	npm install --prefix tools/lighthouse --no-package-lock --no-audit --no-fund --loglevel=error
	@touch $@

# ---- site -----------------------------------------------------------------------------------------------------------

$(LIST): FORCE
	@mkdir -p $(@D)
	@printf '%s\n' $(INPUTS) > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(BUILT): $(BOOK_ENV) $(LIST) $(INPUTS) _config.yml _toc.yml | $(PYODIDE)
	@rm -f _build/html/.built*
	$(BIN)/jupyter-book build -W -n --keep-going .
	@touch $@
