//! Recognizes inputs in UTF-16, which Windows PowerShell writes with `>`.
//!
//! Each error about such an input contains a [`Utf16Text`], whose sentence has the command that converts the input. The
//! conversion of a password file is `--check --fix`, and needs no other program.

use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};

use htpasswd::document::Utf16;

use crate::escape::ShellWord;

/// The reason in each message about a text in UTF-16.
pub(crate) const IS_UTF16: &str = "UTF-16, as Windows PowerShell writes it";

/// An input that is UTF-16: a user list, a manifest or a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Utf16Text {
    /// The file of the input; `None` if the input is not a file with a name.
    file: Option<PathBuf>,
    /// The name of the encoding for iconv(1).
    encoding: &'static str,
}

impl Utf16Text {
    /// Returns `Some` if the text is UTF-16.
    pub(crate) fn detect(text: &[u8], file: Option<&Path>) -> Option<Self> {
        let order = Utf16::detect(text)?;
        // With the name "UTF-16", iconv reads the byte order mark and removes it.
        let encoding = match order {
            _ if Utf16::has_mark(text) => "UTF-16",
            Utf16::BigEndian => "UTF-16BE",
            _ => "UTF-16LE",
        };
        Some(Self { file: file.map(Path::to_owned), encoding })
    }
}

impl Display for Utf16Text {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { file, encoding } = self;
        write!(f, "it is {IS_UTF16}; convert it to UTF-8: iconv -f {encoding} -t UTF-8")?;
        match file {
            Some(file) => {
                let mut converted = file.clone().into_os_string();
                converted.push(".utf-8");
                write!(f, " {} > {}", ShellWord(file), ShellWord(Path::new(&converted)))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_has_the_command_for_the_encoding() {
        for (text, file, command) in [
            (b"\xff\xfea\0".as_slice(), Some("my list"), "-f UTF-16 -t UTF-8 'my list' > 'my list.utf-8'"),
            (b"\xfe\xff\0a", None, "-f UTF-16 -t UTF-8"),
            (b"b\0o\0b\0:\0", Some("-l"), "-f UTF-16LE -t UTF-8 ./-l > ./-l.utf-8"),
            (b"\0b\0o\0b\0:", None, "-f UTF-16BE -t UTF-8"),
        ] {
            let text = Utf16Text::detect(text, file.map(Path::new)).unwrap();
            let expected = format!("it is {IS_UTF16}; convert it to UTF-8: iconv {command}");
            assert_eq!(text.to_string(), expected);
        }
        assert_eq!(Utf16Text::detect(b"bob:x\n", None), None);
    }
}
