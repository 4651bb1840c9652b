//! What `tests/run` tells the tests.

/// The value of a variable that `tests/run` sets.
pub(crate) fn required(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run the tests with ./tests/run"))
}
