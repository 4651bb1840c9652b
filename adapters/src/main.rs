//! The `payoutd` binary: everything is in the library.

fn main() -> std::process::ExitCode {
    adapters::cli::main()
}
