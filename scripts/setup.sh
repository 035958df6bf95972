# What scripts/server and scripts/test share: Node, dependencies, the build, tools from Debian's packages.
# Sourced, with the working directory at the top of the checkout.

NODE_AT_LEAST=20.19

say() { printf '%s\n' "==> $*" >&2; }
stop() { printf '%s\n' "$@" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# Linux containers often have none. Elsewhere it is taken for granted.
has_ipv6_loopback() { [ ! -d /proc/net ] || grep -qs '^0*1 ' /proc/net/if_inet6; }

# Stops with what to do when Node.js or npm is missing or too old.
need_node() {
  local how="Get a current one from https://nodejs.org/en/download (Debian 13 has it: apt install nodejs npm)."
  have node || stop "steerdns needs Node.js $NODE_AT_LEAST or newer, and there is no 'node' in PATH." "$how"
  local version
  version=$(node --version)
  version=${version#v}
  if [ "$(printf '%s\n' "$NODE_AT_LEAST" "$version" | sort -V | head -n 1)" != "$NODE_AT_LEAST" ]; then
    stop "steerdns needs Node.js $NODE_AT_LEAST or newer, but $(command -v node) is $version." "$how"
  fi
  have npm || stop "There is Node.js $version but no 'npm' in PATH: apt install npm, or take both from nodejs.org."
}

# Installs what package-lock.json says, unless that is what is there already.
install_dependencies() {
  if node scripts/installed.mjs; then return; fi
  say "Installing dependencies (npm ci)"
  npm ci --no-audit --no-fund --loglevel=error >&2 ||
    stop "npm ci failed; its message is above. Without a network, copy node_modules from a machine that has one."
}

# Compiles into build/, unless nothing there is older than the sources. A directory's time tells of removed files.
# Built beside and then swapped in: a failed build leaves the old one, and nothing of a removed source stays.
build() {
  # Without a compiler node:dgram answers UDP, slower; the log says so.
  node native/build.mjs --optional >&2
  local stamp=build/.stamp sources=(src tsconfig.json package-lock.json) fresh
  for fresh in test bench scripts; do if [ -d "$fresh" ]; then sources+=("$fresh"); fi; done
  if [ -e "$stamp" ] && [ -z "$(find "${sources[@]}" -newer "$stamp" -print -quit)" ]; then return; fi
  say "Building (tsc)"
  fresh="build-$$"
  mkdir "$fresh"
  touch "$fresh/.stamp"
  if ! node_modules/.bin/tsc -p . --outDir "$fresh" >&2; then
    rm -rf "$fresh"
    return 1
  fi
  rm -rf build
  mv "$fresh" build
}

# install_tools COMMAND=PACKAGE ...: installs the packages whose command is missing, if this user can. Starts no daemon.
install_tools() {
  local pair packages=() root=()
  for pair in "$@"; do have "${pair%%=*}" || packages+=("${pair#*=}"); done
  if [ ${#packages[@]} -eq 0 ]; then return; fi
  local type="apt-get install ${packages[*]}"
  if ! have apt-get; then
    say "Missing: ${packages[*]} (no apt-get here to install them; their tests are skipped)"
    return
  fi
  if [ "$(id -u)" -ne 0 ]; then
    if ! have sudo || ! sudo -n true 2>/dev/null; then
      say "Missing: ${packages[*]} (tests that need them are skipped). Type: sudo $type"
      return
    fi
    root=(sudo -n)
  fi
  say "Installing for the tests: ${packages[*]} ($type)"
  local policy=/usr/sbin/policy-rc.d made=
  # Packages ask this file before they start a daemon; 101 is "no".
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee $policy >/dev/null && "${root[@]}" chmod 755 $policy && made=1
    # However this ends; as a command line now, since locals are gone by then.
    trap "${root[*]} rm -f $policy" EXIT
  fi
  "${root[@]}" apt-get update -qq </dev/null >&2 &&
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
      "${packages[@]}" </dev/null >&2 ||
    say "That failed: the tests that need ${packages[*]} are skipped. Type: $type"
  if [ -n "$made" ]; then "${root[@]}" rm -f $policy; trap - EXIT; fi
}
