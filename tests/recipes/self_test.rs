//! Tests of the test itself: a page with a wrong output or exit code is an error.

use crate::page::Page;
use crate::run::{errors, matches};

/// The errors of a page that consists of this console block.
fn errors_of(block: &str) -> Vec<String> {
    errors(&Page::parse("page", &format!("# Page\n\n```console\n{block}\n```\n")))
}

#[test]
fn commands_share_variables_and_the_directory() {
    let block = "$ mkdir a; cd a; name=eva\n$ echo $name > file\n$ basename $PWD; cat file\na\neva";
    assert_eq!(errors_of(block), [""; 0]);
}

#[test]
fn a_command_may_have_several_lines() {
    let block = "$ echo one \\\n    two\none two\n$ cat <<'EOF' > file\n$ a\nEOF\n$ tr a b <<EOF | tr b c\na\nEOF\nc\n$ wc -l < file\n1\n$ cat <<< a\na";
    assert_eq!(errors_of(block), [""; 0]);
}

#[test]
fn a_wrong_output_is_an_error() {
    for block in
        ["$ echo one\ntwo", "$ echo one", "$ true\none", "$ echo one >&2\ntwo", "$ echo a; echo b\na"]
    {
        let errors = errors_of(block);
        assert_eq!(errors.len(), 1, "{block}: {errors:?}");
        assert!(errors[0].starts_with("page:4: $ "), "{errors:?}");
    }
}

#[test]
fn an_exit_code_that_the_page_does_not_show_is_an_error() {
    assert_eq!(errors_of("$ false").len(), 1);
    assert_eq!(errors_of("$ exit 0").len(), 1);
    assert_eq!(errors_of("$ (exit 3)\n$ echo $?\n3"), [""; 0]);
    assert_eq!(errors_of("$ (exit 3)\n$ echo $?\n4").len(), 1);
}

#[test]
fn prompts_are_answered() {
    let block = "$ htpasswd -cB users eva\nNew password:\nRe-type new password:\nAdding password for user eva\n\
        $ htpasswd -v users eva\nEnter password:\nPassword for user eva correct.";
    assert_eq!(errors_of(block), [""; 0]);
}

#[test]
fn only_called_programs_are_needed() {
    for (command, is_called) in [
        ("nginx -s stop", true),
        ("A=1 nginx", true),
        ("cd /tmp && nginx", true),
        ("if nginx -t; then echo; fi", true),
        ("x=$(cat file | nginx)", true),
        ("htpasswd --for nginx users", false),
        ("ls /etc/nginx", false),
    ] {
        let page = Page::parse("page", &format!("```console\n$ {command}\n```\n"));
        assert_eq!(page.blocks[0].calls("nginx"), is_called, "{command}");
    }
}

#[test]
fn named_blocks_are_written_to_files() {
    let text = "```sh bin/run\n#!/bin/sh\necho \"$1\"\n```\n\n```console\n$ bin/run one\none\n```\n";
    assert_eq!(errors(&Page::parse("page", text)), [""; 0]);
}

#[test]
fn an_ellipsis_matches_any_text_and_any_lines() {
    for (expected, lines, is_match) in [
        (&["a…c"][..], &["abbc"][..], true),
        (&["a…c"], &["ac"], true),
        (&["a…c"], &["abcd"], false),
        (&["…b…"], &["abc"], true),
        (&["a", "…"], &["a"], true),
        (&["a", "…", "c"], &["a", "b", "b", "c"], true),
        (&["a", "…", "c"], &["a", "b"], false),
        (&["…"], &[], true),
    ] {
        assert_eq!(matches(expected, lines), is_match, "{expected:?} {lines:?}");
    }
}
