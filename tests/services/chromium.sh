# shellcheck shell=bash
# Chromium and its driver, for the dashboard; and axe-core, which tells what a page lacks for those
# who do not see it. axe-core lives in a folder of its own in the user's cache.

axe_version=4.14.1
axe_sha256=29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c

# Sets chromium, chromedriver and axe.
chromium_find() {
    if [[ -n ${CHROMEDRIVER:-} ]]; then
        [[ -x $CHROMEDRIVER ]] || die "CHROMEDRIVER=$CHROMEDRIVER cannot be run"
        chromedriver=$CHROMEDRIVER
        chromium=${CHROMIUM:-$(command -v chromium)}
    elif ! chromium_look; then
        install_or_die "chromium with its driver" chromium chromium-driver fonts-dejavu-core
        chromium_look || die "chromium was installed, but is not found: set CHROMIUM and CHROMEDRIVER"
    fi
    axe_look
    export PAYOUTD_TEST_CHROMIUM=$chromium PAYOUTD_TEST_CHROMEDRIVER=$chromedriver PAYOUTD_TEST_AXE=$axe
}

chromium_look() {
    chromium=$(command -v chromium) && chromedriver=$(command -v chromedriver)
}

# What is there and has the right hash is right.
axe_look() {
    local cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/payoutd-tests
    axe=$cache/axe-core-$axe_version/axe.min.js
    axe_is_right && return
    command -v npm >/dev/null || install_or_die "npm (for axe-core)" npm
    mkdir -p "$cache"
    # Another run may be doing the same.
    (
        flock 9
        axe_is_right && exit
        say "fetching axe-core into $cache"
        local folder
        folder=$(mktemp -d "$cache/axe.XXXXXX") || exit 1
        npm pack --silent --pack-destination "$folder" "axe-core@$axe_version" >/dev/null &&
            tar -xzf "$folder"/*.tgz -C "$folder" package/axe.min.js &&
            mkdir -p "${axe%/*}" && mv "$folder/package/axe.min.js" "$axe"
        rm -rf -- "$folder"
        axe_is_right
    ) 9>"$cache/lock" || die "axe-core $axe_version could not be fetched by npm"
}

axe_is_right() {
    sha256sum --status --check - <<<"$axe_sha256  $axe" 2>/dev/null
}
