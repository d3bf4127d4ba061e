//! Reads the options from the clap table of the command, in the order of the table. The generators of the man page and
//! of the completion scripts use these [`Flag`]s. This module must not add any fact that the table does not have.

use clap::{Arg, Command, ValueHint};

/// An option.
#[derive(Debug)]
pub(crate) struct Flag {
    pub(crate) letter: Option<char>,
    /// The long name without the dashes.
    pub(crate) name: String,
    /// The heading of the group of options.
    pub(crate) heading: String,
    pub(crate) help: String,
    pub(crate) value: Option<Value>,
}

/// The value of an option.
#[derive(Debug)]
pub(crate) struct Value {
    pub(crate) name: String,
    /// True if a call may omit the value. If a call gives the value, an equals sign must precede it.
    pub(crate) is_optional: bool,
    pub(crate) offer: Offer,
}

/// The completions of a value.
#[derive(Debug)]
pub(crate) enum Offer {
    Nothing,
    Files,
    Words(Vec<String>),
}

/// Returns the options of the table.
pub(crate) fn read(table: &Command) -> Vec<Flag> {
    table.get_arguments().filter_map(flag).collect()
}

/// Returns the option of a clap argument, or `None` for an operand.
fn flag(arg: &Arg) -> Option<Flag> {
    Some(Flag {
        letter: arg.get_short(),
        name: arg.get_long()?.to_owned(),
        heading: arg.get_help_heading().unwrap_or_default().to_owned(),
        help: arg.get_help().map(ToString::to_string).unwrap_or_default(),
        value: value(arg),
    })
}

fn value(arg: &Arg) -> Option<Value> {
    let count = arg.get_num_args().filter(clap::builder::ValueRange::takes_values)?;
    let words: Vec<_> = arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    let offer = match arg.get_value_hint() {
        ValueHint::FilePath => Offer::Files,
        _ if words.is_empty() => Offer::Nothing,
        _ => Offer::Words(words),
    };
    let name = arg.get_value_names().and_then(<[_]>::first).map(ToString::to_string);
    Some(Value { name: name.unwrap_or_default(), is_optional: count.min_values() == 0, offer })
}

impl Flag {
    /// The value of the option, or `None` if the option has no value or an optional one.
    pub(crate) fn required_value(&self) -> Option<&Value> {
        self.value.as_ref().filter(|value| !value.is_optional)
    }
}

/// A table for tests. It has an option of each kind, and texts with all characters that must be quoted.
#[cfg(test)]
pub(crate) mod sample {
    use clap::builder::PossibleValuesParser;
    use clap::{Arg, ArgAction, Command, ValueHint};

    pub(crate) fn table() -> Command {
        let option = |name: &'static str| {
            let arg = Arg::new(name).long(name).help(r"It's [a: \ b] -x .y");
            arg.action(ArgAction::Append).help_heading("A 'group'")
        };
        let valued = |name, value: &'static str| option(name).num_args(1).value_name(value);
        let kinds = PossibleValuesParser::new(["one", "two"]);
        let optional = valued("perhaps", "LENGTH").num_args(0..=1).require_equals(true);
        Command::new("htpasswd")
            .disable_help_flag(true)
            .arg(option("flag").short('f').num_args(0))
            .arg(option("long-flag").num_args(0))
            .arg(valued("number", "N").short('N'))
            .arg(valued("place", "PATH").short('P').value_hint(ValueHint::FilePath))
            .arg(valued("choice", "KIND").value_parser(kinds))
            .arg(optional.default_missing_value("26").help_heading("Other"))
            .arg(Arg::new("operands").num_args(0..).hide(true))
    }

    pub(crate) fn flags() -> Vec<super::Flag> {
        super::read(&table())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operands_are_not_options() {
        let names: Vec<_> = sample::flags().into_iter().map(|flag| flag.name).collect();
        assert_eq!(names, ["flag", "long-flag", "number", "place", "choice", "perhaps"]);
    }

    #[test]
    fn values_are_read_from_the_table() {
        let shown: Vec<_> = sample::flags().into_iter().map(|flag| format!("{:?}", flag.value)).collect();
        let value = |name, is_optional, offer| {
            format!("{:?}", Some(Value { name: String::from(name), is_optional, offer }))
        };
        let words = Offer::Words(vec!["one".into(), "two".into()]);
        assert_eq!(shown[..2], ["None", "None"]);
        assert_eq!(shown[2], value("N", false, Offer::Nothing));
        assert_eq!(shown[3], value("PATH", false, Offer::Files));
        assert_eq!(shown[4], value("KIND", false, words));
        assert_eq!(shown[5], value("LENGTH", true, Offer::Nothing));
    }
}
