# shellcheck shell=bash
# A private PostgreSQL: default durability, everybody trusted, loopback only. It has more memory for
# pages and more room for the write-ahead log than a fresh installation, as a server that is used has;
# only what is needed is taken.

postgres_pid=

# Sets pg_bin and postgres_version.
postgres_find() {
    if [[ -n ${PG_BIN:-} ]]; then
        [[ -x $PG_BIN/postgres && -x $PG_BIN/initdb ]] ||
            die "PG_BIN=$PG_BIN has no postgres and initdb"
        pg_bin=$PG_BIN
    elif ! postgres_look; then
        install_or_die "PostgreSQL" postgresql-common
        # Debian would set up and start a cluster of its own; only the binaries are wanted.
        as_root pg_conftool /etc/postgresql-common/createcluster.conf set create_main_cluster false
        install_or_die "PostgreSQL's server" postgresql
        as_root pg_conftool /etc/postgresql-common/createcluster.conf remove create_main_cluster
        postgres_look || die "PostgreSQL was installed, but its binaries are not found: set PG_BIN"
    fi
    pg_bin=$(realpath -- "$pg_bin")
    postgres_version="PostgreSQL $("$pg_bin/postgres" --version | grep -oE '[0-9]+(\.[0-9]+)?' | head -n 1)"
    export PAYOUTD_TEST_PG_BIN=$pg_bin
}

# Debian keeps the server's binaries off PATH, one folder for each version.
postgres_look() {
    local found
    found=$(find /usr/lib/postgresql -path '*/bin/postgres' 2>/dev/null | sort -V | tail -n 1)
    [[ -n $found ]] || found=$(command -v postgres) || return 1
    pg_bin=$(dirname -- "$(realpath -- "$found")")
    [[ -x $pg_bin/initdb ]]
}

# PostgreSQL refuses to run as root. The last resort ends the server if this script is killed.
postgres_run() {
    local user=()
    if ((EUID == 0)); then
        user=(--reuid="$postgres_user" --regid="$(id -g "$postgres_user")" --clear-groups)
    fi
    LC_ALL=C exec setpriv "${user[@]}" --pdeathsig QUIT "$@"
}

# postgres_start DIR: initialises a cluster there and starts it on a free port.
postgres_start() {
    local dir=$1 port attempt
    postgres_user=$(id -un)
    mkdir "$dir"
    if ((EUID == 0)); then
        postgres_user=postgres
        id postgres >/dev/null 2>&1 || postgres_user=nobody
        chown "$postgres_user" "$dir"
    fi

    (cd "$dir" && postgres_run "$pg_bin/initdb" --pgdata="$dir/data" --username=postgres \
        --auth=trust --encoding=UTF8 --locale=C --no-sync) >"$dir.log" 2>&1 || {
        tail -n 5 "$dir.log" >&2
        die "initdb failed as user $postgres_user in $dir"
    }

    # PostgreSQL cannot choose a free port itself: another is tried when one turns out to be taken.
    for attempt in {1..10}; do
        port=$((10240 + RANDOM % 20000))
        (cd "$dir" && postgres_run "$pg_bin/postgres" -D "$dir/data" -p "$port" \
            -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200 \
            -c shared_buffers=1GB -c max_wal_size=8GB \
        ) </dev/null >"$dir.log" 2>&1 &
        postgres_pid=$!
        if wait_until 30 "$postgres_pid" grep -qs '^ready' "$dir/data/postmaster.pid"; then
            export PAYOUTD_TEST_POSTGRES="postgres://postgres@127.0.0.1:$port/postgres"
            say "$postgres_version at $PAYOUTD_TEST_POSTGRES"
            return
        fi
        grep -q 'could not bind' "$dir.log" || break
    done
    tail -n 20 "$dir.log" >&2
    die "PostgreSQL did not start (attempt $attempt)"
}

# Immediate shutdown: the data is thrown away.
postgres_stop() { [[ -z $postgres_pid ]] || end_process QUIT "$postgres_pid"; }
