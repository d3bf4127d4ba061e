//! Replaces `argon2.rs` in a build without the feature `argon2`.
//!
//! `setting.rs` uses the interface of `argon2.rs`, so this file must always have the same functions. This file
//! recognizes no hash, and its [`Setting`] has no value.

use super::{Params, Resources, Scheme};

#[derive(Clone)]
pub(super) enum Setting {}

pub(super) fn matches_prefix(_: &[u8]) -> bool {
    false
}

impl Setting {
    pub(super) fn parse(_: &[u8]) -> Option<Self> {
        None
    }

    pub(super) fn scheme(&self) -> Scheme {
        match *self {}
    }

    pub(super) fn params(&self) -> Option<Params> {
        match *self {}
    }

    pub(super) fn resources(&self) -> Resources {
        match *self {}
    }

    pub(super) fn dummy_hash(&self, _: &[u8]) -> Vec<u8> {
        match *self {}
    }

    pub(super) fn crypt(&self, _: &[u8]) -> Option<Vec<u8>> {
        match *self {}
    }
}
