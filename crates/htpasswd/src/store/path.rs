//! Where a file really is. Only the last link of a path is followed here; the kernel follows those on the
//! way, so a file that can be reached from the working directory alone has a directory too.

use std::fs;
use std::path::{Path, PathBuf};

/// The path that a link, dangling or not, leads to; as many steps as the kernel goes.
pub(super) fn follow(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..40 {
        let Ok(target) = fs::read_link(&path) else { break };
        path = path.parent().map_or_else(|| target.clone(), |parent| parent.join(&target));
    }
    path
}

/// The directory that the file stands in, or would; links have been followed.
pub(super) fn directory(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}
