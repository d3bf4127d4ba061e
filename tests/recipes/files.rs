//! Tests that the configuration files on the pages are valid: a YAML parser reads each YAML block, and each block of
//! systemd has only sections, settings and comments.

use std::io::Write as _;
use std::process::{Command, Stdio};

use test_support::{has_tool, skipped};

use crate::page::{Block, Page};
use crate::tasks;

/// All blocks of the pages in this language, each with the name of its page.
pub(crate) fn blocks(language: &str) -> Vec<(String, Block)> {
    let pages = tasks().into_iter().map(|name| Page::read(&name));
    let blocks = pages.flat_map(|page| page.blocks.into_iter().map(move |block| (page.name.clone(), block)));
    blocks.filter(|(_, block)| block.language == language).collect()
}

/// Reads a YAML document with Python. `None` if Python has no YAML parser, which the test reports as skipped.
pub(crate) fn yaml(text: &str) -> Option<serde_json::Value> {
    if !has_tool("python3", &["-c", "import yaml"]) {
        skipped("python3 has no module yaml");
        return None;
    }
    let program = "import json, sys, yaml; print(json.dumps(yaml.load(sys.stdin, yaml.BaseLoader)))";
    let mut python = Command::new("python3");
    python.args(["-c", program]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut python = python.spawn().unwrap();
    python.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "invalid YAML:\n{text}");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn each_yaml_block_is_valid() {
    let blocks = blocks("yaml");
    assert!(blocks.len() >= 5, "{} blocks", blocks.len());
    for (page, block) in blocks {
        let Some(value) = yaml(&block.text) else { return };
        assert!(value.is_object() || value.is_array(), "{page}:{}: {value}", block.line);
    }
}

#[test]
fn each_systemd_block_has_only_sections_and_settings() {
    let blocks = blocks("ini");
    assert!(blocks.len() >= 3, "{} blocks", blocks.len());
    for (page, block) in blocks {
        let lines = block.text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        assert!(block.text.starts_with('['), "{page}:{}", block.line);
        for line in lines {
            let is_section = line.starts_with('[') && line.ends_with(']');
            let is_setting =
                line.split_once('=').is_some_and(|(name, _)| name.chars().all(char::is_alphanumeric));
            assert!(is_section || is_setting, "{page}:{}: {line}", block.line);
        }
    }
}
