//! Percent-encoding of names in answers.
//!
//! A header can hold only visible ASCII safely: programs read other bytes differently, and some remove blanks. Without
//! the encoding, a program could read the name of one user as the name of another user.

use std::fmt::Write as _;

use http::HeaderValue;

/// Returns the value of `Remote-User`. `%` and all bytes except visible ASCII are encoded.
pub(crate) fn user(name: &str) -> HeaderValue {
    value(&encoded(name, |byte| byte == b'%'))
}

/// Returns the value of `Remote-Groups`, with commas between the names. Commas in names are encoded too.
pub(crate) fn groups<'a>(names: impl IntoIterator<Item = &'a str>) -> HeaderValue {
    let names = names.into_iter().map(|name| encoded(name, |byte| matches!(byte, b'%' | b',')));
    value(&names.collect::<Vec<_>>().join(","))
}

fn encoded(name: &str, is_special: fn(u8) -> bool) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_graphic() && !is_special(byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a `String` never fails.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// Visible ASCII is a valid header value, so the empty value is never used in place of a name.
fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_user_name_has_its_own_value() {
        for (name, encoded) in [
            ("alice", "alice"),
            ("jürgen", "j%C3%BCrgen"),
            ("j%C3%BCrgen", "j%25C3%25BCrgen"),
            (" a b ", "%20a%20b%20"),
            ("a,\"b\"", "a,\"b\""),
            ("a\r\nX: y\0", "a%0D%0AX:%20y%00"),
            ("\u{7f}\u{80}\u{ff}", "%7F%C2%80%C3%BF"),
        ] {
            assert_eq!(user(name), encoded);
        }
    }

    #[test]
    fn groups_are_separated_by_commas() {
        assert_eq!(groups([]), "");
        assert_eq!(groups(["staff", "a,b", "50%", "müde"]), "staff,a%2Cb,50%25,m%C3%BCde");
        assert_eq!(groups(["a\r\nb", ""]), "a%0D%0Ab,");
    }
}
