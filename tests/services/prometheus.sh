# shellcheck shell=bash
# promtool, Prometheus' own checker of metrics, rules and queries. Only that one program is wanted:
# it is taken out of Debian's package into the user's cache, and no server is installed.

# Sets promtool.
promtool_find() {
    if [[ -n ${PROMTOOL:-} ]]; then
        [[ -x $PROMTOOL ]] || die "PROMTOOL=$PROMTOOL cannot be run"
        promtool=$PROMTOOL
    elif ! promtool=$(command -v promtool); then
        promtool_fetch
    fi
    promtool=$(realpath -- "$promtool")
    export PAYOUTD_TEST_PROMTOOL=$promtool
}

promtool_fetch() {
    local cache folder
    cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/payoutd-tests
    folder=$cache/prometheus
    promtool=$folder/usr/bin/promtool
    [[ -e $folder/installed ]] && return
    command -v dpkg-deb >/dev/null || die "promtool is missing: install Prometheus, or set PROMTOOL"
    mkdir -p "$cache"
    # Another run may be doing the same.
    (
        flock 9
        [[ -e $folder/installed ]] && exit
        say "fetching promtool into $folder"
        rm -rf -- "$folder"
        mkdir "$folder" && cd "$folder" &&
            { apt-get -qq download prometheus >&2 || { as_root apt-get -qq update >&2 &&
                apt-get -qq download prometheus >&2; }; } &&
            dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x ./usr/bin/promtool &&
            rm -- prometheus_*.deb && touch "$folder/installed"
    ) 9>"$cache/lock" || die "promtool could not be had from Debian's package: set PROMTOOL to its binary"
}
