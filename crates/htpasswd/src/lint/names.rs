//! The names of all kinds of findings, for programs that read or offer them.

use super::FindingKind;

impl FindingKind {
    /// The [names](Self::name) of all kinds.
    ///
    /// ```
    /// use htpasswd::lint::FindingKind;
    ///
    /// assert!(FindingKind::NAMES.contains(&FindingKind::Utf16.name()));
    /// ```
    pub const NAMES: &'static [&'static str] = &[
        "not-read",
        "utf-16",
        "no-users",
        "no-colon",
        "hash-without-name",
        "base64",
        "doubled-dollar",
        "lost-dollar",
        "quoted",
        "prefixed-name",
        "two-records",
        "htdigest-record",
        "no-user",
        "duplicate",
        "empty-hash",
        "empty-field",
        "locked",
        "unknown-hash",
        "malformed-hash",
        "taken-for-password",
        "foreign-hash",
        "not-verified",
        "rarely-read-scheme",
        "unreadable-scheme",
        "unreadable-prefix",
        "hex-md5",
        "text-after-hash",
        "weak-scheme",
        "low-cost",
        "high-cost",
        "byte-order-mark",
        "inner-byte-order-mark",
        "crlf",
        "stray-carriage-return",
        "no-final-line-feed",
        "leading-space",
        "space-after-name",
        "trimmed-name",
        "invisible-character",
        "space-before-hash",
        "trailing-space",
        "more-fields",
        "nul",
        "nul-in-name",
        "empty-line",
        "blank-line",
        "comment",
        "indented-comment",
        "not-utf8",
        "quotation-mark",
        "name-not-accepted",
        "backslash",
        "split-line",
        "long-line",
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_the_name_of_each_kind() {
        let source = include_str!("finding.rs");
        let (_, function) = source.split_once("pub fn name(&self)").unwrap();
        let (function, _) = function.split_once("\n    }\n").unwrap();
        let names = function.lines().filter_map(|line| line.split_once("=> \"")?.1.split('"').next());
        assert_eq!(names.collect::<Vec<_>>(), FindingKind::NAMES);
    }
}
