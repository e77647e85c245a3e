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
