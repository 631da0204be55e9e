# fhir_bridge: an ordinary PGXS extension. Long recipes are scripts under
# test/; the version lives in fhir_bridge.control alone.

EXTENSION = fhir_bridge
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" fhir_bridge.control)
MODULE_big = fhir_bridge
OBJS = $(filter-out $(ENGINE_OBJS),$(sort $(patsubst %.c,%.o,src/fhir_bridge.c \
	$(foreach wing,$(WINGS),$(wildcard src/$(wing)/*.c src/$(wing)/*/*.c)))))

# The wings of the module, in the order in which their SQL needs each other.
WINGS = base json ident clinical codes r4 mapping export search suggest
WING_SQL = $(wildcard $(foreach wing,$(WINGS),src/$(wing)/$(wing).sql))
PACKS = $(wildcard src/packs/*.sql)
SCRIPTS = src/export/fhir_export

# Scripts of released versions, as they were; and what leads to this one (src/README.md).
DATA = $(wildcard src/versions/fhir_bridge--*.sql)
UPDATES = $(patsubst src/versions/%,build/fhir_bridge--%,$(wildcard src/versions/[0-9]*.sql))
DATA_built = build/fhir_bridge--$(EXTVERSION).sql $(UPDATES)
REGRESS = $(sort $(patsubst sql/%.sql,%,$(wildcard sql/*.sql)))
REGRESS_OPTS = --load-extension=fhir_bridge
TAP_TESTS = 1
PROVE_TESTS = test/t/*.pl
EXTRA_CLEAN = $(DATA_built) fhir_bridge_suggest.so $(ENGINE_OBJS) \
	build/fhir-bridge-model $(MODEL_OBJS)

# The engine's module, which its worker loads: the only one with libcurl.
ENGINE_OBJS = $(patsubst %.c,%.o,$(wildcard src/suggest/engine/*.c))

# The program that runs a local model.  It finds ONNX Runtime when it runs.
MODEL_OBJS = $(patsubst %.c,%.o,$(wildcard src/model/*/*.c))

PG_CPPFLAGS = -Isrc -DFHIR_BRIDGE_VERSION='"$(EXTVERSION)"'
PG_CFLAGS = -Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers -ffp-contract=off
SHLIB_LINK = -lcrypto -Wl,-Bsymbolic

# These targets are the project's own; they run without PGXS, because they may
# have to install it first.  (PGXS has a "check" that only refuses.)
COMMANDS = demo demo-psql check bench format gateway install-gateway r4-tables dist help
ifneq ($(filter-out $(COMMANDS),$(or $(MAKECMDGOALS),all)),)

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# A changed header rebuilds the modules: they are small enough for that.
$(OBJS) $(ENGINE_OBJS) $(MODEL_OBJS): $(wildcard src/*/*.h src/*/*/*.h)

# Where each byte of an id is looked at.
src/export/bundle.o src/export/bundle_write.o: CFLAGS += $(CFLAGS_VECTORIZE)

all: fhir_bridge_suggest.so
fhir_bridge_suggest.so: $(ENGINE_OBJS)
	$(CC) $(CFLAGS) -shared -o $@ $(ENGINE_OBJS) $(LDFLAGS) $(LDFLAGS_SL) -lcurl -lcrypto

install: install-engine
install-engine: fhir_bridge_suggest.so installdirs
	$(INSTALL_SHLIB) fhir_bridge_suggest.so '$(DESTDIR)$(pkglibdir)/'

uninstall: uninstall-engine
uninstall-engine:
	rm -f '$(DESTDIR)$(pkglibdir)/fhir_bridge_suggest.so'

# The model's program stands beside the engine's module, which starts it.
all: build/fhir-bridge-model
build/fhir-bridge-model: $(MODEL_OBJS)
	@mkdir -p build
	$(CC) $(CFLAGS) -o $@ $(MODEL_OBJS) $(LDFLAGS) -lcrypto -lm -ldl -lpthread

install: install-model
install-model: build/fhir-bridge-model installdirs
	$(INSTALL_PROGRAM) build/fhir-bridge-model '$(DESTDIR)$(pkglibdir)/'

uninstall: uninstall-model
uninstall-model:
	rm -f '$(DESTDIR)$(pkglibdir)/fhir-bridge-model'

# Joins a script: what makes it, and its sources. Each GRANT is one line; they
# come last, see src/base/rights.sql.
define join_sql
	@mkdir -p build
	@{ printf '%s\n' '\echo Use "$1" to load this file. \quit'; \
		cat src/base/members.sql; grep -hv '^GRANT' $2; cat src/base/rights.sql; grep -h '^GRANT' $2 || true; } > $@
endef

build/fhir_bridge--$(EXTVERSION).sql: $(WING_SQL) src/base/members.sql src/base/rights.sql fhir_bridge.control
	$(call join_sql,CREATE EXTENSION fhir_bridge,$(WING_SQL))

$(UPDATES): build/fhir_bridge--%: src/versions/% src/base/members.sql src/base/rights.sql
	$(call join_sql,ALTER EXTENSION fhir_bridge UPDATE,$<)

# The packs are scripts for psql, kept apart from the extension's own.
packsdir = $(datadir)/fhir_bridge/packs

install: install-packs
install-packs: installdirs
	$(if $(PACKS),$(MKDIR_P) '$(DESTDIR)$(packsdir)')
	$(if $(PACKS),$(INSTALL_DATA) $(PACKS) '$(DESTDIR)$(packsdir)/')

uninstall: uninstall-packs
uninstall-packs:
	rm -rf '$(DESTDIR)$(datadir)/fhir_bridge'

# What the tokenizer's table is made from stands in the generator.
unicode-tables:
	NODE_PATH=build/npm/node_modules node src/model/tokens/generate/unicode.cjs > build/unicode_tables.h
	mv build/unicode_tables.h src/model/tokens/unicode_tables.h

.PHONY: install-packs uninstall-packs install-engine uninstall-engine install-model uninstall-model unicode-tables
endif

ifneq ($(filter $(COMMANDS),$(MAKECMDGOALS)),)
demo:
	@test/demo/run
demo-psql:
	@test/demo/run --psql
check:
	@test/check
bench:
	@test/bench/run
format:
	@.ci/format
gateway:
	@+$(MAKE) -s -f src/gateway/Makefile
install-gateway:
	@+$(MAKE) -s -f src/gateway/Makefile install
r4-tables:
	@src/r4/generate/run
dist:
	@docker/dist
help:
	@echo 'make demo          sample tables, mappings and resources in a throw-away cluster'
	@echo 'make demo-psql     psql in the last demonstration; make demo SERVE=1 also serves it by HTTP'
	@echo 'make check         all tests; make check ONLY=name for one (test/README.md)'
	@echo 'make bench         every published figure, each beside its peer (test/bench/README.md)'
	@echo 'make               the extension; make install and make installcheck as PGXS does'
	@echo 'make gateway       the HTTP gateway; make install-gateway installs it (src/gateway)'
	@echo 'make format        gives C files the project'"'"'s look'
	@echo 'make r4-tables     makes the tables of R4 anew (src/r4/generate)'
	@echo 'make dist          the archive of a release, with META.json for PGXN (docker/README.md)'
	@echo
	@echo 'PG_CONFIG=/path/of/pg_config chooses another server. On a machine without make, first:'
	@echo 'apt-get install make'

.PHONY: $(COMMANDS)
endif
