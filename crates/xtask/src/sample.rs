//! A table of options for tests, with one of each kind and everything in it that has to be quoted.

use crate::options::{Id, Opt, Values};

const fn row(letter: Option<char>, long: &'static str, value: Option<&'static str>, values: Values) -> Opt {
    let help = "It's [a: \\ b] -x .y";
    Opt { id: Id::Help, letter, long, value, value_is_optional: false, values, heading: "A 'group'", help }
}

pub(crate) const OPTIONS: &[Opt] = &[
    row(Some('f'), "flag", None, Values::Any),
    row(None, "long-flag", None, Values::Any),
    row(Some('N'), "number", Some("N"), Values::Any),
    row(Some('P'), "place", Some("PATH"), Values::Path),
    row(None, "choice", Some("KIND"), Values::OneOf(&["one", "two"])),
    Opt { heading: "Other", value_is_optional: true, ..row(None, "perhaps", Some("LENGTH"), Values::Any) },
];
