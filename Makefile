# Every target makes the environment it needs: Python 3.11+, make and a C compiler are enough.
PYTHON ?= python3
ARGS ?=
UV := .bootstrap/bin/uv
RUN := $(UV) run --frozen
# Of the tests, those that need minutes or a browser are run by `make check` alone.
TESTS ?= not slow and not browser and not long
# The interpreter is the one at hand: none is ever downloaded.
export UV_PYTHON_DOWNLOADS := never
export UV_PYTHON := $(PYTHON)
export UV_NO_PROGRESS := 1
# Two more than there are cores: tests of hanging servers and sleeping services mostly wait.
WORKERS ?= $(shell echo $$(($$(nproc) + 2)))
# A file to a worker, as fixtures are dear to make; the longest first (tests/conftest.py).
PYTEST := $(RUN) pytest -n $(WORKERS) --dist loadfile
# Another project's active environment must not be written to.
unexport VIRTUAL_ENV
# Where byte code may not be kept, each of a thousand starts of the command compiles it anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo run test check compiled lint wheel bench bench-wrappers bench-growth bench-endtoend bench-backfill bench-archive bench-poll bench-classify bench-judgement bench-audit bench-stories bench-extraction bench-outlets bench-dates bench-copies bench-story-quality bench-desk screenshots bench-search bench-digest bench-pages bench-papers scorecard scorecard-long audit release-fixture format

demo: $(UV)            ## the whole product on a sample newsroom, on this machine alone
	$(RUN) --no-dev --extra plots torkham demo $(ARGS)

run: $(UV)             ## scheduler and review desk, with ./feeds.yaml and ./data
	$(RUN) --no-dev --extra plots torkham run $(ARGS)

test: $(UV)            ## what every change must pass; needs no browser
	$(PYTEST) -m "$(TESTS)" $(ARGS)

lint: $(UV)
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy
	$(RUN) lint-imports

# One run of all tests: those that wait leave the cores to the others, and no core is idle at the
# end of two runs.
check: $(UV)           ## what CI runs
	$(RUN) true # the environment is there before three want it
	$(MAKE) --jobs=3 --output-sync=target lint wheel compiled
	TORKHAM_BROWSER=required $(MAKE) test TESTS="not long"

# Else every worker compiles all tests for itself: 22 s of CPU to collect them, and 7 once compiled.
compiled: $(UV)
	@$(RUN) pytest --collect-only -qq >/dev/null || true # what cannot be collected, the run says

wheel: $(UV)           ## the wheel, installed alone and run from another folder
	rm -rf dist && $(UV) build --quiet --wheel
	$(UV) export --quiet --frozen --no-dev --all-extras --no-hashes --no-emit-project --no-annotate --no-header -o dist/constraints.txt
	$(RUN) python tests/wheel.py dist

bench: $(UV)           ## all benchmarks, each beside its rival or limit; writes docs/benchmarks.md
	$(RUN) --group bench --all-extras python -m bench.all $(ARGS)

bench-poll: $(UV)      ## CPU per feed beside lemon24/reader, in one run, over HTTPS on loopback
	$(RUN) --group bench python -m bench.poll $(ARGS)

bench-wrappers: $(UV)  ## pages of known sites cut by what their first pages taught, beside trafilatura
	$(RUN) --group bench python -m bench.wrappers $(ARGS)

bench-growth: $(UV)    ## queue, digest, story, search and KB an article, at 1,000 to 1,000,000 articles
	$(RUN) --group bench --extra plots python -m bench.growth $(ARGS)

bench-endtoend: $(UV)  ## articles a second and core over replayed pages, beside the obvious code
	$(RUN) --group bench python -m bench.endtoend $(ARGS)

bench-backfill: $(UV)  ## reading archives: two Dask workers beside the local engine
	$(RUN) --group bench --extra dask python -m bench.backfill $(ARGS)

bench-classify: $(UV)  ## articles a second of `torkham classify --json`, one core, start-up included
	$(RUN) --no-dev python -m bench.classify $(ARGS)

bench-judgement: $(UV) ## how good, fast and large the judgement is, beside scikit-learn and ASReview's settings
	$(RUN) --group bench python -m bench.judgement $(ARGS)

bench-audit: $(UV)     ## how often the interval of the missed holds the truth, in made-up months, and how wide it is
	$(RUN) --no-dev python -m bench.audit $(ARGS)

bench-stories: $(UV)   ## placing an article in its story at a million archived ones, beside a thousand
	$(RUN) --no-dev python -m bench.stories $(ARGS)

bench-extraction: $(UV) ## how much of an article is read, beside trafilatura; which text is kept; whether its day is right
	$(RUN) --no-dev python -m bench.extraction $(ARGS)

bench-outlets: $(UV)   ## text, title, writers and day of pages of 180 outlets; ARGS is a clone of fundus
	$(RUN) --no-dev python -m bench.outlets $(ARGS)

bench-dates: $(UV)     ## of how many articles the day of publication is right, by where the date stood
	$(RUN) --no-dev python -m bench.dates $(ARGS)

bench-copies: $(UV)    ## copies found after what desks do to a text, and what is merged wrongly, beside plain ways
	$(RUN) --group bench python -m bench.copies $(ARGS)

bench-story-quality: $(UV) ## stories beside a person's sorting: B-cubed on the labelled fortnight
	$(RUN) --no-dev python -m bench.story_quality $(ARGS)

bench-desk: $(UV)      ## times of the desk's pages at a thousand to a hundred thousand articles, beside Datasette
	$(RUN) --group bench python -m bench.desk $(ARGS)

screenshots: $(UV)     ## a picture of every page of the desk at two widths, to be looked at
	$(RUN) python -m bench.screenshots $(ARGS)

bench-search: $(UV)    ## about thirty kinds of search, and Why by headline, at 1,000, 10,000 and 100,000 articles
	$(RUN) --no-dev python -m bench.search $(ARGS)

bench-digest: $(UV)    ## an edition of the digest at a thousand to a hundred thousand articles
	$(RUN) --no-dev python -m bench.digest $(ARGS)

bench-pages: $(UV)     ## what a kept page takes on disk, and files beside blobs
	$(RUN) --no-dev python -m bench.kept_pages $(ARGS)

bench-papers: $(UV)    ## words read right of PDFs made in several layouts
	$(RUN) python -m bench.papers $(ARGS)

container: $(UV)       ## the container, built and run; needs Debian's podman runc catatonit mmdebstrap systemd-container
	$(RUN) pytest tests/flow/test_container.py $(ARGS)

scorecard: $(UV)       ## every fault we know of, and whether its promise holds, in minutes; writes docs/scorecard.md
	TORKHAM_BROWSER=required $(RUN) --group bench python -m bench.scorecard $(ARGS)

scorecard-long: $(UV)  ## the parts of the scorecard that take hours
	TORKHAM_BROWSER=required $(RUN) --group bench python -m bench.scorecard --long $(ARGS)

audit: $(UV)           ## is any locked package known to be vulnerable? Exit 2 when that could not be found out
	UV=$(CURDIR)/$(UV) $(RUN) --no-dev python -m bench.audit_packages

release-fixture: $(UV) ## when a version is cut: keep its store for all who upgrade from it
	$(RUN) python -m tests.released

format: $(UV)
	$(RUN) ruff format .
	$(RUN) ruff check --fix .

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Torkham needs Python 3.11 or newer; set PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv .bootstrap
	.bootstrap/bin/python -m pip install --quiet --disable-pip-version-check "uv>=0.9,<1"
