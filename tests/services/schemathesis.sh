# shellcheck shell=bash
# Schemathesis, a fuzzer of OpenAPI services. It lives in a folder of its own in the user's cache,
# outside the repository, and is installed there once.

# Sets schemathesis.
schemathesis_find() {
    if [[ -n ${SCHEMATHESIS:-} ]]; then
        [[ -x $SCHEMATHESIS ]] || die "SCHEMATHESIS=$SCHEMATHESIS cannot be run"
        schemathesis=$SCHEMATHESIS
    else
        schemathesis_look
    fi
    export PAYOUTD_TEST_SCHEMATHESIS=$schemathesis
}

# The folder's name has the hash of what is wanted in it: what is finished in there is right.
schemathesis_look() {
    local wanted=tests/services/schemathesis.txt cache folder hash
    hash=$(sha256sum "$wanted" | cut -c 1-12)
    cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/payoutd-tests
    folder=$cache/schemathesis-$hash
    schemathesis=$folder/bin/schemathesis
    [[ -e $folder/installed ]] && return
    command -v python3 >/dev/null && python3 -c 'import ensurepip, venv' 2>/dev/null ||
        install_or_die "Python with venv (for schemathesis)" python3 python3-venv
    mkdir -p "$cache"
    # Another run may be doing the same.
    (
        flock 9
        [[ -e $folder/installed ]] && exit
        say "installing schemathesis into $folder"
        rm -rf -- "$folder"
        python3 -m venv "$folder" &&
            "$folder/bin/pip" install --quiet --disable-pip-version-check -r "$wanted" >&2 &&
            touch "$folder/installed"
    ) 9>"$cache/lock" || die "schemathesis could not be installed by pip: set SCHEMATHESIS to its binary"
}
