# Every target sets up what it needs. PYTHON=python3.12 make test uses another Python (3.11 or later).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LOCK_VENV := .venv-lock

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this help
	@sed -n 's/^\([a-z.][a-z-]*\):.*## /\1	/p' Makefile | expand -t 12

.PHONY: run
run: $(STAMP) ## Run the service against REDIS_URL, the Redis on this machine, or one that it starts
	@exec $(BIN)/python deploy/local/run.py

.PHONY: test
test: $(STAMP) system ## Run all tests, with branch coverage (ARGS="-k name" hands arguments to pytest)
	$(BIN)/python -m pytest -n 2 --dist loadfile --cov --cov-report=term $(ARGS)

.PHONY: faults
faults: $(STAMP) system ## Play every fault, beside redis-cli and redis_exporter; FAULTS_DOC=write writes docs/faults.md
	rm -f build/faults.json
	$(BIN)/python -m pytest tests/faults $(ARGS)
	test "$(FAULTS_DOC)" != write || $(BIN)/python -m tests.faults.document build/faults.json docs/faults.md

.PHONY: lint
lint: $(STAMP) ## Check style, format, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy redis_health tests deploy
	$(BIN)/lint-imports

.PHONY: format
format: $(STAMP) ## Mend style and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: generate
generate: $(STAMP) ## Write what follows from the declarations: tables of the documentation, alert rules, dashboard
	$(BIN)/python -m redis_health.cli.reference README.md docs/*.md docs/runbooks/README.md
	env -i $(BIN)/redis-health rules > rules/redis_health.yml.new || { rm -f rules/redis_health.yml.new; exit 1; }
	mv rules/redis_health.yml.new rules/redis_health.yml
	$(BIN)/python -m deploy.prometheus.operator.generate
	$(BIN)/python -m deploy.grafana.generate

.PHONY: image-test
image-test: $(STAMP) system container-tools ## Build the images and run them with podman (Debian, as root)
	IMAGE_TEST=1 $(BIN)/python -m pytest -p no:cacheprovider tests/images $(ARGS)

.PHONY: bench
bench: $(STAMP) system ## Measure the service
	$(BIN)/python -m tests.bench

SOAK_MINUTES ?= 10

.PHONY: soak
soak: $(STAMP) system ## Restarts, rotations, failovers and rude clients, and no leak (SOAK_MINUTES=40 is all of it)
	$(BIN)/python -m tests.soak --minutes $(SOAK_MINUTES) $(ARGS)

.PHONY: lock
lock: ## Write constraints.txt anew, with the newest versions that pyproject.toml allows
	test -x $(LOCK_VENV)/bin/uv || { $(PYTHON) -m venv $(LOCK_VENV) && $(LOCK_VENV)/bin/pip install --quiet uv; }
	{ echo '# All versions, for every Python that is supported. Written by "make lock".'; \
	  $(LOCK_VENV)/bin/uv pip compile --quiet --universal --upgrade --python-version 3.11 --all-extras \
	    --no-header --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml; \
	} > constraints.txt.new || { rm -f constraints.txt.new; exit 1; }
	mv constraints.txt.new constraints.txt

.PHONY: clean
clean: ## Remove what the other targets made
	rm -rf $(VENV) $(LOCK_VENV) build dist htmlcov .coverage .coverage.* \
	  .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: .venv
.venv: $(STAMP) ## Make the virtual environment

# The version is part of what pip installs, hence the last prerequisite.
$(STAMP): pyproject.toml constraints.txt redis_health/__init__.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "redis-health needs Python 3.11 or later: make PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  $(MAKE) --no-print-directory packages PACKAGES=python3-venv
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

.PHONY: system
system: ## Install the programs that the tests need and pip cannot bring (Debian, as root)
	@packages=; \
	for program in redis-server:redis-server strace:strace systemd-analyze:systemd \
	  prometheus:prometheus amtool:prometheus-alertmanager prometheus-redis-exporter:prometheus-redis-exporter; do \
	  command -v $${program%%:*} >/dev/null || packages="$$packages $${program##*:}"; \
	done; \
	test -z "$$packages" || $(MAKE) --no-print-directory packages PACKAGES="$$packages"

.PHONY: container-tools
container-tools:
	@packages=; \
	for program in buildah podman runc catatonit debootstrap newuidmap:uidmap; do \
	  command -v $${program%%:*} >/dev/null || test -x /usr/libexec/podman/$${program%%:*} || \
	    packages="$$packages $${program##*:}"; \
	done; \
	test -z "$$packages" || $(MAKE) --no-print-directory packages PACKAGES="$$packages"

# The services of these packages are masked while they are installed, so that none of them starts.
.PHONY: packages
packages:
	@if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
	  echo "missing: $(strip $(PACKAGES)) (Debian's names); install what is missing, or run make as root on Debian" >&2; \
	  exit 1; \
	fi; \
	echo "installing $(strip $(PACKAGES))"; \
	systemd=; test ! -d /run/systemd/system || systemd=yes; \
	test -z "$$systemd" || systemctl mask --runtime --quiet $(PACKAGES) || true; \
	apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $(PACKAGES) >/dev/null; \
	status=$$?; \
	test -z "$$systemd" || systemctl unmask --runtime --quiet $(PACKAGES) || true; \
	exit $$status
