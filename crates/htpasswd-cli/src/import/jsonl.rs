//! Reads user lists in JSON Lines, which have one object per line.
//!
//! A string without escapes is borrowed from the input. A string with escapes (`\"`, `\\`, `\u0041`) passes through a
//! buffer of `serde_json`, which this module cannot wipe. Such a password may stay in freed memory until that memory is
//! used again.

use std::fmt;
use std::ops::Deref;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use zeroize::Zeroizing;

use super::error::RowError;
use super::lines;
use super::record::{SECRETS, Sink, USER};

/// Calls `sink` with each record. Blank lines are skipped.
pub(super) fn read(input: &[u8], secret: Option<&'static str>, sink: &mut impl Sink) {
    for (line, number) in lines::split(input).zip(1..) {
        if !line.trim_ascii().is_empty() {
            match members(line, secret) {
                Ok((user, secret)) => sink(number, Ok((user.as_bytes(), secret.as_bytes()))),
                Err(error) => sink(number, Err(error)),
            }
        }
    }
}

/// The user and the secret in a line.
fn members<'a>(line: &'a [u8], secret: Option<&'static str>) -> Result<(Text<'a>, Text<'a>), RowError> {
    // For any other value, serde_json would copy the value into its error, and nothing would wipe that copy.
    if !line.trim_ascii_start().starts_with(b"{") {
        return Err(RowError::NotAnObject);
    }
    let mut parser = serde_json::Deserializer::from_slice(line);
    let members = Members { secret }.deserialize(&mut parser);
    let members = members.and_then(|members| parser.end().map(|()| members));
    // The message of serde_json could contain a part of the line, so only the position is kept.
    let (user, text) = members.map_err(|error| RowError::Json { column: error.column() })?;
    let user = user.only(USER[0])?;
    match (secret, text) {
        (Some(secret), text) => Ok((user, text.only(secret)?)),
        (None, Member::Missing) => Ok((user, Text::Borrowed(""))),
        (None, _) => Err(RowError::SuperfluousSecret),
    }
}

/// A string of the line, or its unescaped copy.
enum Text<'a> {
    Borrowed(&'a str),
    Unescaped(Zeroizing<String>),
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Unescaped(text) => text,
        }
    }
}

/// The value of a member of the object.
#[derive(Default)]
enum Member<'a> {
    #[default]
    Missing,
    Text(Text<'a>),
    Other,
    DuplicateKey,
}

impl<'a> Member<'a> {
    fn add(&mut self, value: Self) {
        *self = if matches!(self, Self::Missing) { value } else { Self::DuplicateKey };
    }

    fn only(self, name: &'static str) -> Result<Text<'a>, RowError> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Missing | Self::Other => Err(RowError::NotAString(name)),
            Self::DuplicateKey => Err(RowError::DuplicateKey(name)),
        }
    }
}

/// Reads the members for the user and the secret, and skips the others.
struct Members {
    secret: Option<&'static str>,
}

impl<'de> DeserializeSeed<'de> for Members {
    type Value = (Member<'de>, Member<'de>);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members {
    type Value = (Member<'de>, Member<'de>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut user, mut secret) = (Member::default(), Member::default());
        while let Some(name) = map.next_key_seed(AnyText)? {
            let Member::Text(name) = name else { return Err(A::Error::custom("")) };
            if USER.contains(&&*name) {
                user.add(map.next_value_seed(AnyText)?);
            } else if self.secret.map_or_else(|| SECRETS.contains(&&*name), |secret| *name == *secret) {
                secret.add(map.next_value_seed(AnyText)?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok((user, secret))
    }
}

/// Reads any value. The function keeps a string and discards the content of other values.
struct AnyText;

impl<'de> DeserializeSeed<'de> for AnyText {
    type Value = Member<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AnyText {
    type Value = Member<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Member::Text(Text::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Member::Text(Text::Unescaped(Zeroizing::new(text.to_owned()))))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Member::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Member::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Member::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Member::Other)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Member::Other)
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut values: A) -> Result<Self::Value, A::Error> {
        while values.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Member::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Member::Other)
    }
}
