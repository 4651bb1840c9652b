# shellcheck shell=bash
# A private NATS server with JetStream, loopback only. It is Debian's, the oldest that is supported.
# A newer one, for what that does not know, is found beside it.

nats_pid=

# Sets nats_server, nats_version and nats_newer. Debian's binary is in /usr/sbin, which may not be
# on PATH.
nats_find() {
    nats_newer_find
    if [[ ${NATS_SERVER:-} == newer ]]; then
        nats_server=$nats_newer
    elif [[ -n ${NATS_SERVER:-} ]]; then
        [[ -x $NATS_SERVER ]] || die "NATS_SERVER=$NATS_SERVER cannot be run"
        nats_server=$NATS_SERVER
    elif ! nats_look; then
        install_or_die "nats-server" nats-server
        nats_look || die "nats-server was installed, but is not found: set NATS_SERVER"
    fi
    nats_server=$(realpath -- "$nats_server")
    nats_version="nats-server $("$nats_server" --version | grep -oE '[0-9]+(\.[0-9]+)+')"
    export PAYOUTD_TEST_NATS_SERVER=$nats_server
}

nats_newer_find() {
    if [[ -n ${NATS_NEWER:-} ]]; then
        [[ -x $NATS_NEWER ]] || die "NATS_NEWER=$NATS_NEWER cannot be run"
        nats_newer=$(realpath -- "$NATS_NEWER")
    else
        nats_newer=$(pip_look nats-server)/bin/nats-server ||
            die "a newer nats-server could not be installed by pip: set NATS_NEWER to its binary"
    fi
    export PAYOUTD_TEST_NATS_NEWER=$nats_newer
}

nats_look() {
    nats_server=$(command -v nats-server) || nats_server=/usr/sbin/nats-server
    [[ -x $nats_server ]]
}

# nats_start DIR: the server takes a free port and writes it to a file.
nats_start() {
    local dir=$1 ports
    mkdir "$dir"
    # A file, because the oldest supported server (2.9) has flags for only some of these.
    cat >"$dir/nats.conf" <<CONF
host: "127.0.0.1"
port: -1
ports_file_dir: "$dir"
jetstream { store_dir: "$dir/store" }
CONF
    setpriv --pdeathsig KILL "$nats_server" -c "$dir/nats.conf" </dev/null >"$dir.log" 2>&1 &
    nats_pid=$!
    ports="$dir/nats-server_$nats_pid.ports"
    wait_until 30 "$nats_pid" grep -qs 'nats://' "$ports" || {
        tail -n 20 "$dir.log" >&2
        die "nats-server did not start"
    }
    PAYOUTD_TEST_NATS=$(grep -oE 'nats://127\.0\.0\.1:[0-9]+' "$ports" | head -n 1)
    export PAYOUTD_TEST_NATS
    say "$nats_version at $PAYOUTD_TEST_NATS"
}

nats_stop() { [[ -z $nats_pid ]] || end_process KILL "$nats_pid"; }
