//! Replacing the end of a file in place, so that each state on the way is a valid password file.

use std::fs::{File, FileTimes};
use std::io;
use std::os::unix::fs::FileExt;
use std::time::{Duration, SystemTime};

use rustix::fs::FallocateFlags;
use rustix::io::Errno;
use rustix::process::Resource;

/// Writes `bytes` at `offset`, cuts the file behind them, and flushes it to disk.
///
/// Space is reserved before anything is overwritten. A file that shrinks is first filled up with line
/// feeds, which every server ignores, and cut then.
pub(super) fn in_place(file: &File, old_length: usize, offset: usize, bytes: &[u8]) -> io::Result<()> {
    let new_length = offset + bytes.len();
    let modified = file.metadata()?.modified()?;
    if new_length > old_length {
        reserve(file, old_length, new_length)?;
    }
    let mut old = vec![0; old_length - offset.min(old_length)];
    file.read_exact_at(&mut old, offset as u64)?;

    let written = if new_length < old_length {
        let mut padded = bytes.to_vec();
        padded.resize(old_length - offset, b'\n');
        file.write_all_at(&padded, offset as u64)
            .and_then(|()| file.set_len(new_length as u64))
    } else {
        file.write_all_at(bytes, offset as u64)
    };
    let written = written
        .and_then(|()| move_time_forward(file, modified))
        .and_then(|()| file.sync_all());
    if let Err(error) = written {
        // The space is the file's own already, so this can only fail where the disk itself does.
        let _ = file.write_all_at(&old, offset as u64);
        let _ = file.set_len(old_length as u64);
        let _ = file.sync_all();
        return Err(error);
    }
    Ok(())
}

/// Servers look at this time to see whether to read again, and the clock behind it may stand still for
/// milliseconds.
fn move_time_forward(file: &File, before: SystemTime) -> io::Result<()> {
    if file.metadata()?.modified()? <= before {
        file.set_times(FileTimes::new().set_modified(before + Duration::from_micros(1)))?;
    }
    Ok(())
}

/// Makes sure that the file can grow: no signal from a size limit, no full disk half-way.
fn reserve(file: &File, old_length: usize, new_length: usize) -> io::Result<()> {
    if rustix::process::getrlimit(Resource::Fsize)
        .current
        .is_some_and(|limit| new_length as u64 > limit)
    {
        return Err(Errno::FBIG.into());
    }
    let (offset, length) = (old_length as u64, (new_length - old_length) as u64);
    match rustix::fs::fallocate(file, FallocateFlags::KEEP_SIZE, offset, length) {
        // Not every file system can; the write itself has to find out there.
        Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
