# Outdial: build, test, demonstrate, measure. `make help` lists the targets.
#
# A folder is a static library; a folder below tools/ with a main.c is a program; a file tests/unit/test_*.c is a test program,
# tests/fuzz/fuzz_*.c a fuzz target, bench/bench_*.c a benchmark. A new file needs no line here.
#
#   make SAN=1 ...     the same with AddressSanitizer and UndefinedBehaviorSanitizer, in build-san/
#   make WERROR=1 ...  warnings are errors (continuous integration)

SHELL := /bin/bash
comma := ,
O := $(if $(SAN),build-san,build)
CC := gcc
CXX := g++
LIBS := libopusenc opusfile sofia-sip-ua liburing libbpf lmdb libzstd libsrtp2 jansson inih openssl libarchive expat libcares
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wvla -Wundef -Wformat=2
SANFLAGS := $(if $(SAN),-fsanitize=address$(comma)undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
CPPFLAGS := -I. -I$(O) -D_GNU_SOURCE $(subst -I,-isystem ,$(shell pkg-config --cflags $(LIBS) 2>/dev/null))
CFLAGS := -std=gnu11 -O2 -g $(WARN) $(if $(WERROR),-Werror) $(SANFLAGS)
CXXFLAGS := -std=c++17 -O2 -g -Wall -Wextra $(if $(WERROR),-Werror) $(SANFLAGS)
LDFLAGS := $(SANFLAGS) -pthread
LDLIBS := $(shell pkg-config --libs $(LIBS) 2>/dev/null) -lcsv -lphonenumber -lstdc++ -lm

# Lower folders stand later, as the linker wants it: dependencies point down only.
FOLDERS := tools/far tools/world dialer campaigns media media/amd pacing base
LIBFILES := $(foreach d,$(FOLDERS),$(O)/lib$(notdir $(d)).a)
# tools/outdial is the program outdial, tools/X is outdial-X.
program = $(O)/$(if $(filter outdial,$(notdir $(1))),outdial,outdial-$(notdir $(1)))
PROGRAM_FOLDERS := $(patsubst %/main.c,%,$(wildcard tools/*/main.c))
PROGRAMS := $(O)/outdiald $(foreach d,$(PROGRAM_FOLDERS),$(call program,$(d)))
TESTS := $(patsubst tests/unit/%.c,$(O)/tests/%,$(wildcard tests/unit/test_*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,$(O)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
BENCHES := $(patsubst bench/%.c,$(O)/bench/%,$(wildcard bench/bench_*.c))

.DEFAULT_GOAL := all
.PHONY: all setup demo test test-built crash fuzz bench benches install clean help
.SECONDARY:

all: setup ## install what is missing (apt) and build all programs into build/
	@$(MAKE) --no-print-directory programs

.PHONY: programs tests
programs: $(PROGRAMS)
tests: $(TESTS) $(FUZZERS) programs $(O)/tests/faults.so

setup: ## install the Debian packages that are missing
	@tools/setup

demo: all ## one whole campaign on loopback, about a minute and a half, ends with a report
	@tools/demo $(O)

test: setup ## build and run all tests, ends with one line "N passed, N failed"
	@$(MAKE) --no-print-directory tests
	@tests/run $(O)

crash: all ## kill -9 the engine 20 times in the middle of calls and audit the store
	@tests/crash/run $(O) $(or $(ROUNDS),20)

.PHONY: crash-import
crash-import: ## kill -9 uploads KILLS=1000 times, take each up again and compare the stores (some minutes)
	@$(MAKE) --no-print-directory $(O)/tests/test_import_resume
	@OUTDIAL_KILLS=$(or $(KILLS),1000) $(O)/tests/test_import_resume

.PHONY: crash-long
crash-long: ## kill -9 claims, outcomes, sealing and exports KILLS=1000 times, then uploads as often, and audit the stores (some minutes)
	@$(MAKE) --no-print-directory $(O)/tests/test_kill
	@OUTDIAL_KILLS=$(or $(KILLS),1000) $(O)/tests/test_kill
	@$(MAKE) --no-print-directory crash-import KILLS=$(or $(KILLS),1000)

.PHONY: numbering numbering-check
numbering: $(O)/gen_numbering ## write campaigns/number_data.h anew from libphonenumber's answers (some minutes)
	@$(O)/gen_numbering > $(O)/number_data.h && mv $(O)/number_data.h campaigns/number_data.h
numbering-check: ## compare the fast path with libphonenumber on NUMBERS=100000 random numbers a region
	@$(MAKE) --no-print-directory $(O)/tests/test_numbering
	@OUTDIAL_NUMBERS=$(or $(NUMBERS),100000) $(O)/tests/test_numbering

# The program in the kernel is kept compiled, so that only who changes it needs clang.
BPF_SOURCES := media/inkernel.bpf.c media/inkernel_slot.h
.PHONY: inkernel
inkernel: ## write media/inkernel_code.h anew from media/inkernel.bpf.c (needs clang and llvm)
	@mkdir -p $(O)/media
	@clang -O2 -target bpfel -mcpu=v3 -Wall -Wextra -Werror -I. -isystem /usr/include/$$(gcc -dumpmachine) -c -o $(O)/media/inkernel.bpf.o media/inkernel.bpf.c
	@llvm-objcopy -O binary --only-section=tc $(O)/media/inkernel.bpf.o $(O)/media/inkernel.bpf.bin
	@{ echo "/* written by \`make inkernel' from $(BPF_SOURCES): $$(cat $(BPF_SOURCES) | sha256sum | cut -c1-64) */"; \
		od -An -v -t x8 -w8 $(O)/media/inkernel.bpf.bin | sed 's/ *\(.*\)/UINT64_C(0x\1),/' | paste -sd ' ' | fold -sw 120 | sed 's/ *$$//'; } > media/inkernel_code.h

.PHONY: mutate
mutate: ## a mutating man in the middle between engine and carrier, with the sanitizers, SECONDS_EACH=600 (SEED= repeats one)
	@$(MAKE) --no-print-directory SAN=1 programs
	@OUTDIAL_BUILD=$(CURDIR)/build-san OUTDIAL_MUTATE_SECONDS=$(or $(SECONDS_EACH),600) $(if $(SEED),OUTDIAL_MUTATE_SEED=$(SEED)) tests/integration/test_mutate

.PHONY: strange
strange: ## flows that nobody sends, by a far end of our own, with the sanitizers, SECONDS=600 (SEED= repeats one)
	@$(MAKE) --no-print-directory SAN=1 programs
	@OUTDIAL_BUILD=$(CURDIR)/build-san OUTDIAL_STRANGE_SECONDS=$(or $(SECONDS),600) $(if $(SEED),OUTDIAL_STRANGE_SEED=$(SEED)) tests/integration/test_strange

fuzz: ## run every fuzz target with libFuzzer for SECONDS=60 each
	@tests/fuzz/run $(or $(SECONDS_EACH),60)

benches: $(BENCHES) programs
bench: setup ## run the benchmarks in bench/, one after the other
	@$(MAKE) --no-print-directory benches
	@bench/run $(O)

.PHONY: overload soak
overload: all ## calls that are up, and a campaign that may dial far more than the machine can do, half a minute
	@bench/bench_engine --build $(O) overload $(RATE)

soak: all ## conversations for MINUTES=60: memory, drift, loss; ends with a verdict (CONVERSATIONS=700)
	@bench/soak --build $(O) $(or $(MINUTES),60) $(CONVERSATIONS)

# Where it stays, and, with DESTDIR, where it is put together for a package.
PREFIX ?= /usr/local
INSTALLED := $(DESTDIR)$(PREFIX)
MAN := $(INSTALLED)/share/man/man1/outdial.1
COMPLETION := $(INSTALLED)/share/bash-completion/completions/outdial
UNIT := $(INSTALLED)/lib/systemd/system/outdiald.service

install: all ## copy programs, manual page, completion and systemd unit below PREFIX (default /usr/local); DESTDIR= stages
	install -D -t $(INSTALLED)/bin $(PROGRAMS)
	install -d $(dir $(MAN) $(COMPLETION) $(UNIT))
	$(O)/outdial help --man >$(MAN)
	$(O)/outdial completion >$(COMPLETION)
	sed 's|@PREFIX@|$(PREFIX)|' tools/outdiald.service >$(UNIT)

.PHONY: uninstall
uninstall: ## remove what install has copied; stores stay
	rm -f $(addprefix $(INSTALLED)/bin/,$(notdir $(PROGRAMS))) $(MAN) $(COMPLETION) $(UNIT)

clean: ## remove build/ and build-san/
	rm -rf build build-san

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

# --- libraries
define folder
$(O)/lib$(notdir $(1)).a: $$(patsubst %,$(O)/%.o,$$(filter-out dialer/outdiald.c %.bpf.c,$$(wildcard $(1)/*.c $(1)/*.cc)))
	@rm -f $$@ && ar rcs $$@ $$^
endef
$(foreach d,$(FOLDERS),$(eval $(call folder,$(d))))

$(O)/%.c.o: %.c
	@mkdir -p $(@D)
	@echo "  cc $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(O)/%.cc.o: %.cc
	@mkdir -p $(@D)
	@echo "  c++ $<"
	@$(CXX) $(CPPFLAGS) $(CXXFLAGS) -MMD -MP -c -o $@ $<

# The rule packs as string literals: {"name", "line\n" "line\n"},
RULES := $(wildcard campaigns/rules/*.conf)
$(O)/campaigns/rules_builtin.inc: $(RULES)
	@mkdir -p $(@D)
	@for f in $^; do echo "{\"$$(basename $$f .conf)\","; sed 's/[\\"]/\\&/g; s/.*/"&\\n"/' $$f; echo "},"; done > $@
$(O)/campaigns/rules_builtin.c.o: $(O)/campaigns/rules_builtin.inc

# --- programs
$(O)/outdiald: $(O)/dialer/outdiald.c.o $(LIBFILES)
	@echo "  ld $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

define link
$(call program,$(1)): $$(patsubst %,$(O)/%.o,$$(wildcard $(1)/*.c)) $(LIBFILES)
	@echo "  ld $$@"
	@$(CC) $(LDFLAGS) -o $$@ $$^ $(LDLIBS)
endef
$(foreach d,$(PROGRAM_FOLDERS),$(eval $(call link,$(d))))

$(O)/tests/%: $(O)/tests/unit/%.c.o $(LIBFILES)
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

# Tests of the whole engine share the world around it.
WORLD := $(patsubst %,$(O)/%.o,$(wildcard tests/unit/engine/*.c))
$(O)/tests/test_engine_%: $(O)/tests/unit/test_engine_%.c.o $(WORLD) $(LIBFILES)
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

# Tests of the user agent above a wire of their own.
WIRE := $(patsubst %,$(O)/%.o,$(wildcard tests/unit/wire/*.c))
$(O)/tests/test_ua_calls $(O)/tests/test_ua_sessions: $(O)/tests/test_ua_%: $(O)/tests/unit/test_ua_%.c.o $(WIRE) $(LIBFILES)
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

# The whole engine with a real store.
STORE_WORLD := $(filter-out %/store.c.o %/called.c.o,$(WORLD)) $(patsubst %,$(O)/%.o,$(wildcard tests/unit/engine_store/*.c))
$(O)/tests/test_own_sim: $(O)/tests/unit/test_own_sim.c.o $(STORE_WORLD) $(LIBFILES)
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

$(O)/gen_numbering: $(O)/tools/gen_numbering.c.o $(LIBFILES)
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# Disk errors on order, for tests/integration/test_faults.
$(O)/tests/faults.so: tests/integration/faults.c
	@mkdir -p $(@D)
	@$(CC) $(CPPFLAGS) $(filter-out -fsanitize%,$(CFLAGS)) -fPIC -shared -o $@ $<

# A fuzz target as an ordinary program that replays the files it is given.
$(O)/fuzz/%: $(O)/tests/fuzz/%.c.o $(O)/tests/fuzz/replay.c.o $(LIBFILES)
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(O)/bench/bench_relay: $(O)/bench/rtpengine.c.o
$(O)/bench/%: $(O)/bench/%.c.o $(LIBFILES)
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

-include $(shell find $(O) -name '*.d' 2>/dev/null)
