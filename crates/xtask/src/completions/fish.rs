//! For fish: a line for each option. See complete(1) of fish.

use crate::options::{Flag, Values};

pub(crate) fn script(options: &[Flag]) -> String {
    let start = "# fish completion for htpasswd. Made by `cargo xtask generate`; change the table of options instead.\n";
    start.to_owned() + &options.iter().map(line).collect::<String>()
}

fn line(option: &Flag) -> String {
    let letter = option.letter.map_or(String::new(), |letter| format!(" -s {letter}"));
    let value = match (option.value, option.values) {
        (None, _) => String::new(),
        // fish knows values that must be there and options without one.
        (Some(_), _) if option.value_is_optional => String::new(),
        (Some(_), Values::Any) => " -x".to_owned(),
        (Some(_), Values::Path) => " -r -F".to_owned(),
        (Some(_), Values::OneOf(values)) => format!(" -x -a '{}'", values.join(" ")),
    };
    let help = option.help.replace('\\', "\\\\").replace('\'', "\\'");
    format!("complete -c htpasswd{letter} -l {}{value} -d '{help}'\n", option.long)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn the_script_is_made_of_the_table() {
        let script = script(sample::OPTIONS);
        let help = r"-d 'It\'s [a: \\ b] -x .y'";
        for line in [
            format!("-s f -l flag {help}"),
            format!("-l long-flag {help}"),
            format!("-s N -l number -x {help}"),
            format!("-s P -l place -r -F {help}"),
            format!("-l choice -x -a 'one two' {help}"),
            format!("-l perhaps {help}"),
        ] {
            assert!(script.contains(&format!("complete -c htpasswd {line}\n")), "no {line}\n{script}");
        }
    }
}
