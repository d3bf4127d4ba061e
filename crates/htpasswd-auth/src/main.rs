//! The program `htpasswd-auth`: the login service that proxies ask. All of its code is in the library of this package, so
//! that the fuzz targets can call it.

use std::process::ExitCode;

fn main() -> ExitCode {
    htpasswd_auth::main()
}
