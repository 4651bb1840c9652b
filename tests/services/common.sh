# shellcheck shell=bash
# What the services' scripts share: messages, installing, ending a process.

say() { echo "tests/run: $*" >&2; }

die() {
    say "$*"
    exit 1
}

# install_or_die WHAT PACKAGE…: installs Debian packages, or says in one line what to do.
install_or_die() {
    local what=$1
    shift
    local hint="install it, e.g. apt-get install $*"
    command -v apt-get >/dev/null || die "$what is missing: $hint"
    may_install || die "$what is missing, and this user may not install it: $hint"
    say "installing $* ($what is missing)"
    apt_install "$@" >&2 || die "$what is missing, and apt-get could not install it: $*"
}

# True for root, and for those whose sudo asks no password.
may_install() { ((EUID == 0)) || sudo -n true 2>/dev/null; }

as_root() {
    if ((EUID == 0)); then "$@"; else sudo -n "$@"; fi
}

# apt-get would fail while another run holds its lock, hence the lock around it.
apt_install() {
    (
        flock 9
        as_root apt-get -qq update
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 \
            -o Dpkg::Use-Pty=0 install --no-install-recommends "$@"
    ) 9</var/cache/apt
}

require_compiler() {
    command -v cargo >/dev/null || die "cargo is missing: install Rust, see https://rustup.rs"
    command -v cc >/dev/null || install_or_die "a C compiler (SQLite is compiled in)" gcc libc6-dev
}

# wait_until SECONDS PID COMMAND…: until the command succeeds; fails when time is up or PID is gone.
wait_until() {
    local deadline=$((SECONDS + $1)) pid=$2
    shift 2
    until "$@"; do
        kill -0 "$pid" 2>/dev/null || return 1
        ((SECONDS < deadline)) || return 1
        sleep 0.05
    done
}

# end_process SIGNAL PID: asks a child to end, insists after ten seconds.
end_process() {
    local signal=$1 pid=$2
    kill "-$signal" "$pid" 2>/dev/null || return 0
    wait_until 10 "$pid" false || true
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}
