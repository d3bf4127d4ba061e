//! A password file or a manifest that comes from standard input.

use std::io::Read;

use htpasswd::store::{StoreError, StoreOperation};

use super::error::{ManifestError, TargetError};
use crate::os;

/// All bytes of standard input. Fails if there are more than `limit` bytes.
pub(crate) fn read(limit: usize) -> Result<Vec<u8>, TargetError> {
    let mut bytes = Vec::new();
    // One byte more than the limit shows that the input is too large.
    let most = (limit as u64).saturating_add(1);
    let read = os::stdin().and_then(|stdin| stdin.take(most).read_to_end(&mut bytes));
    if let Err(source) = read {
        return Err(StoreError::Io { operation: StoreOperation::Read, path: "-".into(), source }.into());
    }
    if bytes.len() > limit {
        return Err(TargetError::Manifest("-".into(), ManifestError::TooLarge(limit)));
    }
    Ok(bytes)
}
