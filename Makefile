# fhir_bridge: an ordinary PGXS extension. Long recipes are scripts under
# test/; the version lives in fhir_bridge.control alone.

EXTENSION = fhir_bridge
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" fhir_bridge.control)
MODULE_big = fhir_bridge
OBJS = $(sort $(patsubst %.c,%.o,src/fhir_bridge.c $(foreach room,$(ROOMS),$(wildcard src/$(room)/*.c))))

# The rooms of the module, in the order in which their SQL needs each other.
ROOMS = base json ident clinical r4 mapping
ROOM_SQL = $(wildcard $(foreach room,$(ROOMS),src/$(room)/$(room).sql))

DATA_built = build/fhir_bridge--$(EXTVERSION).sql
REGRESS = $(sort $(patsubst sql/%.sql,%,$(wildcard sql/*.sql)))
EXTRA_CLEAN = build/fhir_bridge--$(EXTVERSION).sql

PG_CPPFLAGS = -Isrc -DFHIR_BRIDGE_VERSION='"$(EXTVERSION)"'
PG_CFLAGS = -Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers -ffp-contract=off
SHLIB_LINK = -lcrypto -Wl,-Bsymbolic

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# A changed header rebuilds the module: it is small enough for that.
$(OBJS): $(wildcard src/*/*.h)

build/fhir_bridge--$(EXTVERSION).sql: $(ROOM_SQL) fhir_bridge.control
	@mkdir -p build
	@{ printf '%s\n' '\echo Use "CREATE EXTENSION fhir_bridge" to load this file. \quit'; cat $(ROOM_SQL); } > $@
