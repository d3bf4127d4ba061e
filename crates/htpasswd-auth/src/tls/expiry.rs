//! Reads the end of the validity of a certificate (RFC 5280, section 4.1), for a metric.
//!
//! The reader knows only the fields before that time. It is not used to verify a certificate.

/// The tags of DER.
const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;

/// Returns the Unix time after which the certificate is not valid; `None` if the bytes have another form.
pub(super) fn not_after(certificate: &[u8]) -> Option<u64> {
    let (body, _) = value(certificate, SEQUENCE)?;
    let (body, _) = value(body, SEQUENCE)?;
    // The version is missing in certificates of version 1.
    let body = value(body, VERSION).map_or(body, |(_, rest)| rest);
    let (_, body) = value(body, INTEGER)?;
    let (_, body) = value(body, SEQUENCE)?;
    let (_, body) = value(body, SEQUENCE)?;
    let (validity, _) = value(body, SEQUENCE)?;
    let (_, end) = value(validity, UTC_TIME).or_else(|| value(validity, GENERALIZED_TIME))?;
    if let Some((text, _)) = value(end, UTC_TIME) {
        let year = number(text.get(..2)?)?;
        return time(if year < 50 { 2000 + year } else { 1900 + year }, text.get(2..)?);
    }
    let (text, _) = value(end, GENERALIZED_TIME)?;
    time(number(text.get(..4)?)?, text.get(4..)?)
}

/// Splits a value with this tag from the bytes after it.
fn value(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let [first, length, rest @ ..] = bytes else { return None };
    if *first != tag {
        return None;
    }
    let (length, rest) = match length {
        0..=0x7f => (usize::from(*length), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(length - 0x80))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

fn number(digits: &[u8]) -> Option<u64> {
    str::from_utf8(digits).ok()?.parse().ok()
}

/// The Unix time of a date `MMDDHHMMSSZ` in this year, with the algorithm `days_from_civil` of Howard Hinnant.
fn time(year: u64, rest: &[u8]) -> Option<u64> {
    let part = |index: usize| number(rest.get(2 * index..2 * index + 2)?);
    let (month, day, hour, minute, second) = (part(0)?, part(1)?, part(2)?, part(3)?, part(4)?);
    if !(1..=12).contains(&month) || rest.get(10..) != Some(b"Z") || year < 1970 {
        return None;
    }
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted_month + 2) / 5 + day.checked_sub(1)?;
    let (era, year_of_era) = (shifted_year / 400, shifted_year % 400);
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = (era * 146_097 + day_of_era).checked_sub(719_468)?;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let body = parts.concat();
        [&[tag, 0x82][..], &u16::try_from(body.len()).unwrap().to_be_bytes(), &body].concat()
    }

    fn certificate(version: &[u8], end: &[u8]) -> Vec<u8> {
        let validity = der(SEQUENCE, &[&der(UTC_TIME, &[b"200101000000Z"]), end]);
        let fields = [
            version,
            &der(INTEGER, &[b"\x01"]),
            &der(SEQUENCE, &[]),
            &der(SEQUENCE, &[b"issuer"]),
            &validity,
        ];
        der(SEQUENCE, &[&der(SEQUENCE, &fields), b"signature"])
    }

    #[test]
    fn the_end_of_the_validity_is_read() {
        let version = der(VERSION, &[&der(INTEGER, &[b"\x02"])]);
        for (tag, text, time) in [
            (UTC_TIME, &b"300101000000Z"[..], 1_893_456_000),
            (UTC_TIME, b"240229120102Z", 1_709_208_062),
            (UTC_TIME, b"991231235959Z", 946_684_799),
            (GENERALIZED_TIME, b"20500301000000Z", 2_529_705_600),
        ] {
            let end = der(tag, &[text]);
            assert_eq!(not_after(&certificate(&version, &end)), Some(time), "{}", text.escape_ascii());
            assert_eq!(not_after(&certificate(b"", &end)), Some(time));
        }
    }

    #[test]
    fn other_bytes_have_no_end() {
        let whole = certificate(b"", &der(UTC_TIME, &[b"300101000000Z"]));
        for length in 0..whole.len() - 12 {
            assert_eq!(not_after(&whole[..length]), None, "{length}");
        }
        for end in
            [&b"301301000000Z"[..], b"300100000000Z", b"3001010000", b"ab0101000000Z", b"300101000000+"]
        {
            assert_eq!(not_after(&certificate(b"", &der(UTC_TIME, &[end]))), None);
        }
    }
}
