//! In place of `libxcrypt.rs` in a build without that feature: nothing is such a hash.

use super::{Load, Scheme};

#[derive(Clone)]
pub(super) enum Setting {}

pub(super) fn is_mine(_: &[u8]) -> bool {
    false
}

impl Setting {
    pub(super) fn parse(_: &[u8]) -> Option<Self> {
        None
    }

    pub(super) fn scheme(&self) -> Scheme {
        match *self {}
    }

    pub(super) fn load(&self) -> Load {
        match *self {}
    }

    pub(super) fn decoy(&self, _: &[u8]) -> Vec<u8> {
        match *self {}
    }

    pub(super) fn crypt(&self, _: &[u8]) -> Option<Vec<u8>> {
        match *self {}
    }
}
