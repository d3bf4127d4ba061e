//! Tests of the features that Apache's tool does not have.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a failure here fails the test, which is what it should do"
)]

use test_support as support;

mod argon2;
mod backups;
mod check_causes;
mod check_findings;
mod check_fix;
mod check_ignore;
mod check_many;
mod check_servers;
mod check_user;
mod colour;
mod completions;
mod core_dumps;
mod create_options;
mod default_schemes;
mod disabled_users;
mod ensure_deleted;
mod ensure_users;
mod for_servers;
mod foreign_hashes;
mod format_consumers;
mod generate_passwords;
mod import_files;
mod import_formats;
mod import_generate;
mod import_guesses;
mod import_hashed;
mod import_lines;
mod import_options;
mod import_schemes;
mod import_terminal;
mod joined_lines;
mod json_failures;
mod json_results;
mod limits_hashes;
mod limits_inputs;
mod limits_warnings;
mod list_users;
mod lost_reports;
mod man_page;
mod mounted_secrets;
mod no_lock;
mod odd_names;
mod password_sources;
mod password_warnings;
mod prune_plans;
mod prune_users;
mod readable_files;
mod replaced_files;
mod secret_hazards;
mod secret_keys;
mod secret_manifests;
mod secret_readers;
mod secret_streams;
mod strict_warnings;
mod typed_input;
mod user_completions;
mod utf16;
mod verify_for;
