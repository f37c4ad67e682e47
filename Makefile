# Every task of the project. `make` alone lists them; `make run` and `make test` are all a newcomer needs.
# Stamp files keep what is already installed from being installed again.

SYSTEM_PYTHON ?= python3
PYTHON := .venv/bin/python
NODE := .venv/bin/node
NPM := .venv/bin/npm
WORKERS ?= 2
SOURCES := service schema infra tests

DEMO := .venv/demo.stamp
DEV := .venv/dev.stamp
EXPLORER := infra/explorer/vendor/.stamp
AUDITS := tests/http/node_modules/.stamp
CLIENTS := tests/clients/node_modules/.stamp
PEERS := tests/bench/peers/node_modules/.stamp

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check lint types imports house lock format attacks overload sockets webhooks restarts outage manifests image migrations bench bench-peers bench-rollups operating kill failover pooler schema states audit explorer audits clients clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: $(DEMO) $(EXPLORER) ## Install, start the database, migrate, load the demo, serve
	@$(PYTHON) -m infra serve --migrate --demo

test: lint types imports $(AUDITS) $(CLIENTS) $(EXPLORER) ## Install and run everything that continuous integration runs
	@$(PYTHON) -m pytest -q -n $(WORKERS) --dist loadfile -m "not bench"

check: lint types imports house ## Everything that needs no database content: lint, types, imports, house rules, locks

lint: $(DEV)
	@$(PYTHON) -m ruff check --quiet .
	@$(PYTHON) -m ruff format --check --quiet .

types: $(DEV)
	@$(PYTHON) -m mypy --no-error-summary

imports: $(DEV)
	@.venv/bin/lint-imports > .venv/imports.log 2>&1 || { cat .venv/imports.log; exit 1; }

house: $(DEV)
	@$(PYTHON) -m pytest -q tests/house

format: $(DEV) ## Lay the code out and repair what ruff can repair
	@$(PYTHON) -m ruff check --fix --quiet . || true
	@$(PYTHON) -m ruff format --quiet .

schema: $(DEMO) ## Write schema/schema.graphql anew
	@$(PYTHON) -m infra schema > .venv/schema.graphql
	@mv .venv/schema.graphql schema/schema.graphql

states: $(DEMO) ## Draw docs/loop.md anew from the state machines
	@$(PYTHON) -m infra states > .venv/loop.md
	@mv .venv/loop.md docs/loop.md

audit: $(AUDITS) ## Ask a running service (URL=…) the public GraphQL-over-HTTP audits
	@$(NODE) tests/http/audit.mjs $(or $(URL),http://127.0.0.1:8000/graphql) "x-cx-tenant: airport"

# Without wrk on the PATH the load comes from autocannon, which is locked beside the peers.
bench: $(DEV) $(if $(shell command -v wrk 2>/dev/null),,$(PEERS)) ## Measure the service; FLAGS=--quick shows that it runs
	@$(PYTHON) -m tests.bench $(FLAGS)
	@$(PYTHON) -m tests.bench.followed $(FLAGS)

restarts: $(DEV) ## Restart replicas twenty times under load, and show that nobody noticed
	@$(PYTHON) -m tests.lifecycle restarts $(FLAGS)

outage: $(DEV) ## Take the database away for 30 seconds, and show what the service says
	@$(PYTHON) -m tests.lifecycle outage $(FLAGS)

kill: $(DEV) ## Kill the service, backends, PostgreSQL and connections (ROUNDS=…) and count what is lost or doubled
	@CXGRAPH_KILL_ROUNDS=$(or $(ROUNDS),50) $(PYTHON) -m pytest -q -s -n 0 tests/kill

failover: $(DEV) ## Kill and switch the leader of three PostgreSQL under Patroni; needs Debian's patroni, etcd-server
	@$(PYTHON) -m tests.kill.failover $(FLAGS)

pooler: $(DEV) ## Serve many tenants through PgBouncer as the cluster does; needs 1.21 or newer, or its path in PGBOUNCER
	@CXGRAPH_TEST_POOLER=required $(PYTHON) -m pytest -q -n 0 tests/pooler

webhooks: $(DEV) ## Deliver 10,000 messages to a receiver that fails three times in ten
	@CXGRAPH_DELIVERIES=10000 $(PYTHON) -m pytest -q -n 0 tests/webhooks/test_crowd.py

manifests: $(DEV) ## Render the overlays anew and check them: fields, names, hardening, alerts
	@$(PYTHON) -m tests.k8s.rendering
	@$(PYTHON) -m pytest -q tests/k8s

image: $(DEV) ## Rehearse the image without an engine: read-only, as nobody
	@$(PYTHON) -m pytest -q tests/image

migrations: $(DEV) ## Lint every migration, and run each on a loaded database under traffic
	@$(PYTHON) -m pytest -q tests/migrations
	@$(PYTHON) -m tests.migrations $(FLAGS)

operating: $(DEV) ## Measure how often proof and detection are fooled, and write it down
	@$(PYTHON) -m tests.operating

attacks: $(DEV) ## Send every known attack to a service, and hold processor time, memory and growth against their bounds
	@$(PYTHON) -m tests.http.attacks

overload: $(DEV) ## Ask a service for two and four times what it can do, and see what still arrives in time
	@$(PYTHON) -m tests.overload $(FLAGS)

bench-rollups: $(DEV) ## Measure what roll-ups cost and save; FLAGS=--quick shows that it runs
	@$(PYTHON) -m tests.bench.rollups $(FLAGS)

sockets: $(DEV) ## Measure a thousand subscribers: how quickly they hear, what each costs
	@$(PYTHON) -m tests.sockets

bench-peers: $(DEV) $(PEERS) ## Measure the service beside its peers
	@$(PYTHON) -m tests.bench --peers $(FLAGS)

# dev.txt is resolved first; the smaller locks are cut from it, so that all three agree.
LOCK = $(PYTHON) -m uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate
lock: $(DEV) ## Resolve the dependencies anew and write the locks (LOCK_FLAGS=--upgrade for newer versions)
	@$(LOCK) $(LOCK_FLAGS) pyproject.toml --all-extras --group demo --group test -o requirements/dev.txt
	@$(LOCK) pyproject.toml --group demo -c requirements/dev.txt -o requirements/demo.txt
	@$(LOCK) pyproject.toml -c requirements/dev.txt -o requirements/runtime.txt
	@$(PYTHON) -m tests.image.bill
	@cd infra/explorer && ../../$(NPM) install --package-lock-only --loglevel=error
	@cd tests/http && ../../$(NPM) install --package-lock-only --loglevel=error
	@cd tests/clients && ../../$(NPM) install --package-lock-only --loglevel=error
	@cd tests/bench/peers && ../../../$(NPM) install --package-lock-only --loglevel=error

clean: ## Remove everything that was installed or built; the database in .run stays
	rm -rf .venv infra/explorer/vendor infra/explorer/node_modules tests/http/node_modules tests/clients/node_modules tests/bench/peers/node_modules
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

explorer: $(EXPLORER) ## Fetch the explorer's browser files

audits: $(AUDITS) ## Fetch the GraphQL-over-HTTP audit suite

clients: $(CLIENTS) ## Fetch the public GraphQL clients that the examples use

.venv/bin/python:
	@$(SYSTEM_PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, not %d.%d; name one with SYSTEM_PYTHON=…" % sys.version_info[:2])'
	@$(SYSTEM_PYTHON) -m venv .venv

$(DEMO): requirements/demo.txt | .venv/bin/python
	@echo "Installing what the service needs (once) …"
	@$(PYTHON) -m pip install --quiet --require-hashes -r requirements/demo.txt
	@touch $@

$(DEV): requirements/dev.txt | .venv/bin/python
	@echo "Installing what development needs (once) …"
	@$(PYTHON) -m pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $(DEMO) $@

VENDORED := react/umd/react.production.min.js react-dom/umd/react-dom.production.min.js \
            graphiql/graphiql.min.js graphiql/graphiql.min.css
$(EXPLORER): infra/explorer/package-lock.json | $(DEMO)
	@echo "Fetching the explorer (once) …"
	@cd infra/explorer && ../../$(NPM) ci --loglevel=error
	@mkdir -p infra/explorer/vendor
	@cd infra/explorer/node_modules && cp $(VENDORED) ../vendor && cp graphiql/LICENSE ../vendor/graphiql.LICENSE \
		&& cp react/LICENSE ../vendor/react.LICENSE
	@rm -rf infra/explorer/node_modules
	@touch $@

$(PEERS): tests/bench/peers/package-lock.json | $(DEMO)
	@echo "Fetching the peers (once) …"
	@cd tests/bench/peers && ../../../$(NPM) ci --loglevel=error
	@touch $@

$(CLIENTS): tests/clients/package-lock.json | $(DEMO)
	@echo "Fetching the clients (once) …"
	@cd tests/clients && ../../$(NPM) ci --loglevel=error
	@touch $@

$(AUDITS): tests/http/package-lock.json | $(DEMO)
	@echo "Fetching the audit suite (once) …"
	@cd tests/http && ../../$(NPM) ci --loglevel=error
	@touch $@
