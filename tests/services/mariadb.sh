# shellcheck shell=bash
# A private MariaDB: default durability, root without a password, loopback only. Commits wait for
# the disk as everywhere: InnoDB sees to that itself. The server's own notes about each change of a
# schema do not (--debug-no-sync): most tests make a database, and no test cuts the power. Its
# default character set is the poor one that a plain installation has.

mariadb_pid=

# Sets mariadbd, mariadb_install_db and mariadb_version.
mariadb_find() {
    mariadb_folders=/usr/sbin:/usr/bin:$PATH
    if [[ -n ${MARIADB_BIN:-} ]]; then
        mariadb_folders=$MARIADB_BIN:$MARIADB_BIN/../scripts
        mariadb_look || die "MARIADB_BIN=$MARIADB_BIN has no mariadbd and mariadb-install-db"
    elif ! mariadb_look; then
        # Not mariadb-server: that would start a server of its own.
        install_or_die "MariaDB's server" mariadb-server-core mariadb-client-core
        mariadb_look || die "MariaDB was installed, but its binaries are not found: set MARIADB_BIN"
    fi
    mariadb_version="MariaDB $("$mariadbd" --version | grep -oE '[0-9]+(\.[0-9]+)+' | head -n 1)"
    export PAYOUTD_TEST_MARIADBD=$mariadbd PAYOUTD_TEST_MARIADB_INSTALL_DB=$mariadb_install_db
}

# Debian keeps the server off PATH.
mariadb_look() {
    mariadbd=$(PATH=$mariadb_folders command -v mariadbd) &&
        mariadb_install_db=$(PATH=$mariadb_folders command -v mariadb-install-db) || return 1
    mariadbd=$(realpath -- "$mariadbd") mariadb_install_db=$(realpath -- "$mariadb_install_db")
}

# MariaDB does not like to run as root. The last resort ends the server if this script is killed.
mariadb_run() {
    local user=()
    if ((EUID == 0)); then
        user=(--reuid="$mariadb_user" --regid="$(id -g "$mariadb_user")" --clear-groups)
    fi
    # Its own folder is the one that this user may write to.
    LC_ALL=C TMPDIR=$PWD exec setpriv "${user[@]}" --pdeathsig KILL "$@"
}

# mariadb_start DIR: makes an empty data folder there and starts a server on a free port.
mariadb_start() {
    local dir=$1 port attempt
    mariadb_user=$(id -un)
    mkdir "$dir"
    if ((EUID == 0)); then
        mariadb_user=mysql
        id mysql >/dev/null 2>&1 || mariadb_user=nobody
        chown "$mariadb_user" "$dir"
    fi

    (cd "$dir" && mariadb_run "$mariadb_install_db" --no-defaults --datadir="$dir/data" \
        ${MARIADB_BIN:+--basedir="$(dirname -- "$(dirname -- "$mariadbd")")"} --skip-test-db \
        --skip-name-resolve --auth-root-authentication-method=normal) >"$dir.log" 2>&1 || {
        tail -n 5 "$dir.log" >&2
        die "mariadb-install-db failed as user $mariadb_user in $dir"
    }

    # MariaDB cannot choose a free port itself: another is tried when one turns out to be taken.
    for attempt in {1..10}; do
        port=$((10240 + RANDOM % 20000))
        (cd "$dir" && mariadb_run "$mariadbd" --no-defaults --datadir="$dir/data" --port="$port" \
            --bind-address=127.0.0.1 --socket=socket --pid-file=pid --skip-name-resolve \
            --default-time-zone=+00:00 --max-connections=300 \
            --innodb-buffer-pool-size=512M --innodb-log-file-size=512M \
            --innodb-file-per-table=OFF --debug-no-sync \
        ) </dev/null >"$dir.log" 2>&1 &
        mariadb_pid=$!
        if wait_until 30 "$mariadb_pid" grep -qs 'ready for connections' "$dir.log"; then
            export PAYOUTD_TEST_MARIADB="mysql://root@127.0.0.1:$port/mysql"
            say "$mariadb_version at $PAYOUTD_TEST_MARIADB"
            return
        fi
        grep -q 'Bind on TCP/IP port' "$dir.log" || break
    done
    tail -n 20 "$dir.log" >&2
    die "MariaDB did not start (attempt $attempt)"
}

# The data is thrown away.
mariadb_stop() { [[ -z $mariadb_pid ]] || end_process KILL "$mariadb_pid"; }
