# shellcheck shell=bash
# Programs from PyPI. Each lives in a folder of its own in the user's cache, outside the repository,
# and is installed there once.

# pip_look WHAT: tells the folder where all that tests/services/WHAT.txt names is installed. Its name
# has the hash of that file in it: what is finished in there is right.
pip_look() {
    local what=$1 wanted=tests/services/$1.txt cache folder hash
    hash=$(sha256sum "$wanted" | cut -c 1-12)
    cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/payoutd-tests
    folder=$cache/$what-$hash
    echo "$folder"
    [[ -e $folder/installed ]] && return
    python3 -c 'import ensurepip, venv' 2>/dev/null ||
        install_or_die "Python with venv (for $what)" python3 python3-venv
    mkdir -p "$cache"
    # Another run may be doing the same.
    (
        flock 9
        [[ -e $folder/installed ]] && exit
        say "installing $what into $folder"
        rm -rf -- "$folder"
        python3 -m venv "$folder" >&2 &&
            "$folder/bin/pip" install --quiet --disable-pip-version-check -r "$wanted" >&2 &&
            touch "$folder/installed"
    ) 9>"$cache/lock"
}
