# shellcheck shell=bash
# libfaketime: a clock that a test sets, for one process. Signatures of webhooks are only believed
# for some minutes, and the known ones are years old.

# Sets faketime_library.
faketime_find() {
    if [[ -n ${FAKETIME_LIBRARY:-} ]]; then
        [[ -r $FAKETIME_LIBRARY ]] || die "FAKETIME_LIBRARY=$FAKETIME_LIBRARY cannot be read"
        faketime_library=$FAKETIME_LIBRARY
    elif ! faketime_look; then
        install_or_die "libfaketime" libfaketime
        faketime_look || die "libfaketime was installed, but is not found: set FAKETIME_LIBRARY"
    fi
    faketime_library=$(realpath -- "$faketime_library")
    export PAYOUTD_TEST_FAKETIME=$faketime_library
}

# The variant for programs with several threads.
faketime_look() {
    faketime_library=$(find /usr/lib /usr/lib64 /usr/local/lib -name 'libfaketimeMT.so.1' 2>/dev/null |
        head -n 1)
    [[ -n $faketime_library ]]
}
