//! A model of the journal format of docs/reliability.md. A journal consists of a magic word, the version, the
//! total length, the device and inode of the file, five numbers, the times of the file before the write, the boot
//! ID, the old bytes to replace, the new bytes, and the SHA-1 of everything before it.

use std::ops::Range;

use sha1::{Digest, Sha1};

/// Encodes a journal. The numbers are the inode, the old length, the new length, the offset, the number of old
/// bytes to replace, and the number of new bytes in their place.
pub fn encode(numbers: [u64; 6], bytes: &[u8]) -> Vec<u8> {
    let mut journal = b"htpasswd journal".to_vec();
    let (version, length, device) = (2, 136 + bytes.len() as u64 + 20, 0);
    journal.extend([version, length, device].iter().chain(&numbers).flat_map(|number| number.to_le_bytes()));
    // No file has these times and no boot has this ID, so that recovery relies on the mark only.
    journal.extend([[0xff_u8; 8]; 4].as_flattened());
    journal.extend([0; 16]);
    journal.extend_from_slice(bytes);
    journal.extend(Sha1::digest(&journal));
    journal
}

/// Returns the file that recovery from this journal may write, or `None` if it must not change the file.
pub fn result(numbers: [u64; 6], inode: u64, bytes: &[u8], file: &[u8]) -> Option<Vec<u8>> {
    let [of, old_length, new_length, offset, replaced, fresh] = numbers;
    let [old_length, new_length, offset, replaced, fresh] = [old_length, new_length, offset, replaced, fresh]
        .map(|number| usize::try_from(number).unwrap_or(usize::MAX));
    let (replaced, new) = bytes.split_at_checked(replaced)?;
    if of != inode || new.len() < replaced.len().max(fresh) || offset > old_length {
        return None;
    }
    let moved = new.len() - replaced.len().max(fresh);
    let old = [replaced, &new[fresh..fresh + moved]].concat();
    let keeps_length = old_length == new_length;
    // A journal does not contain the bytes after a change that keeps the length.
    let fits = |count: usize, length: usize| match offset.checked_add(count) {
        Some(end) => end == length || (keeps_length && end <= length),
        None => false,
    };
    let between = old_length.min(new_length)..=old_length.max(new_length);
    if !fits(old.len(), old_length) || !fits(fresh + moved, new_length) || !between.contains(&file.len()) {
        return None;
    }
    // Each byte must be the old byte, the new byte, or a reserved byte that was not written.
    for (at, byte) in file.iter().enumerate().skip(offset).take(new.len()) {
        let place = at - offset;
        let is_reserved = *byte == 0 && at >= old_length.min(new_length);
        if old.get(place) != Some(byte) && new.get(place) != Some(byte) && !is_reserved {
            return None;
        }
    }
    let mut result = file.to_vec();
    result.resize(file.len().max(offset + new.len()), 0);
    result[offset..offset + new.len()].copy_from_slice(new);
    result.truncate(new_length);
    Some(result)
}

/// A replacement of a range of bytes.
pub struct Change<'a> {
    pub old: &'a [u8],
    pub range: Range<usize>,
    pub text: &'a [u8],
}

impl Change<'_> {
    pub fn result(&self) -> Vec<u8> {
        [&self.old[..self.range.start], self.text, &self.old[self.range.end..]].concat()
    }

    pub fn journal(&self, inode: u64) -> Vec<u8> {
        let replaced = &self.old[self.range.clone()];
        let moved = if replaced.len() == self.text.len() { &[] } else { &self.old[self.range.end..] };
        let mut new = [self.text, moved].concat();
        // A file that shrinks ends in newlines until it is truncated.
        new.resize(new.len().max(replaced.len() + moved.len()), b'\n');
        let lengths =
            [self.old.len(), self.result().len(), self.range.start, replaced.len(), self.text.len()];
        let [old, new_length, offset, replaced_length, fresh] = lengths.map(|length| length as u64);
        encode([inode, old, new_length, offset, replaced_length, fresh], &[replaced, &new].concat())
    }
}
