//! Arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    shh::run(std::env::args_os()).into()
}
