//! The reports of `-n` and `-v` in JSON. Both commands have the output of Apache's tool without `--json`.

use std::path::Path;

use serde::Serialize;

use super::json;

/// A record that `-n` prints. It is the only report with a hash, because the hash is what the call asks for.
#[derive(Debug, Serialize)]
pub(crate) struct RecordReport<'a> {
    pub(crate) user: &'a str,
    pub(crate) record: &'a str,
    /// The generated password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) password: Option<&'a str>,
}

/// A password that is right. A wrong password is an error.
#[derive(Debug, Serialize)]
pub(crate) struct VerifyReport<'a> {
    #[serde(serialize_with = "json::path")]
    pub(crate) file: &'a Path,
    #[serde(serialize_with = "json::bytes")]
    pub(crate) user: &'a [u8],
    pub(crate) verified: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::json::to_line;

    #[test]
    fn a_record_has_a_password_only_if_one_was_generated() {
        let report = RecordReport { user: "u", record: "u:h", password: None };
        assert_eq!(to_line(&report), "{\"user\":\"u\",\"record\":\"u:h\"}\n");
        let report = RecordReport { password: Some("p"), ..report };
        assert_eq!(to_line(&report), "{\"user\":\"u\",\"record\":\"u:h\",\"password\":\"p\"}\n");
    }

    #[test]
    fn a_right_password_is_a_report_without_the_password() {
        let report = VerifyReport { file: Path::new("f"), user: b"m\xfcller", verified: true };
        assert_eq!(to_line(&report), "{\"file\":\"f\",\"user\":\"m\u{fffd}ller\",\"verified\":true}\n");
    }
}
