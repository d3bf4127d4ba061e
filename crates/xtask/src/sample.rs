//! A table of options for tests, with one of each kind and everything in it that has to be quoted.

use crate::options::{Flag, FlagId, Values};

const fn row(letter: Option<char>, long: &'static str, value: Option<&'static str>, values: Values) -> Flag {
    let help = "It's [a: \\ b] -x .y";
    Flag {
        id: FlagId::Help,
        letter,
        long,
        value,
        value_is_optional: false,
        values,
        heading: "A 'group'",
        help,
    }
}

pub(crate) const OPTIONS: &[Flag] = &[
    row(Some('f'), "flag", None, Values::Any),
    row(None, "long-flag", None, Values::Any),
    row(Some('N'), "number", Some("N"), Values::Any),
    row(Some('P'), "place", Some("PATH"), Values::Path),
    row(None, "choice", Some("KIND"), Values::OneOf(&["one", "two"])),
    Flag { heading: "Other", value_is_optional: true, ..row(None, "perhaps", Some("LENGTH"), Values::Any) },
];
