# shellcheck shell=bash
# Schemathesis, a fuzzer of OpenAPI services.

# Sets schemathesis.
schemathesis_find() {
    if [[ -n ${SCHEMATHESIS:-} ]]; then
        [[ -x $SCHEMATHESIS ]] || die "SCHEMATHESIS=$SCHEMATHESIS cannot be run"
        schemathesis=$SCHEMATHESIS
    else
        schemathesis=$(pip_look schemathesis)/bin/schemathesis ||
            die "schemathesis could not be installed by pip: set SCHEMATHESIS to its binary"
    fi
    export PAYOUTD_TEST_SCHEMATHESIS=$schemathesis
}
