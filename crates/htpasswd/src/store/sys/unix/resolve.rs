//! Resolves a path to an open directory and the name of the file in it.
//!
//! [`Location::of`] walks along the path, one component at a time, and follows links itself. Example: `/etc/users` is a
//! link to `../srv/auth/users`. The walk opens `/`, then `/etc`, reads the link, opens `..`, `srv` and `auth`, and ends
//! with the open directory `/srv/auth` and the name `users`. All later system calls are relative to that directory, so
//! another user cannot exchange a directory between a check and its use.
//!
//! The kernel protects sticky directories only in system calls that follow links. Because the walk follows the links
//! itself, [`Walk::check_link`] must apply the same rules. No caller may open the file by its path again, with one
//! exception: only the kernel can follow a link in /proc such as /dev/stdin.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, Stat};
use rustix::io::{Errno, retry_on_intr};

use super::directory::{Directory, access_flag};
use crate::store::sys::{Access, Identity, kernel};

/// The maximum number of links in a path, the same as in the kernel (`path_resolution(7)`).
const LINKS_MAX: usize = 40;

/// The directory of a file, and the name of the file in that directory.
#[derive(Debug)]
pub(crate) struct Location {
    pub(crate) directory: Directory,
    /// The path of the directory, for messages. In place of each followed link, it has the components of the target of
    /// the link.
    pub(crate) directory_path: PathBuf,
    /// Empty if the path ends with a slash, `.` or `..`.
    pub(crate) name: OsString,
    /// True if the path ends with a link in /proc, such as /dev/stdin. The text of such a link can name another file
    /// than the one that the kernel opens.
    pub(crate) is_descriptor: bool,
    /// The user who must own the file, because they own a link to it; see [`Walk::check_link`].
    required_owner: Option<u32>,
}

impl Location {
    /// Resolves a path, including a link at its end. The file itself may be missing.
    ///
    /// # Errors
    /// A missing directory, a loop of links, or a link that this user must not follow ([`Refused`]).
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let mut walk = Walk::begin(path)?;
        while let Some(component) = walk.components.pop_front() {
            if let Err(error) = walk.step(component) {
                return walk.descriptor.ok_or(error);
            }
        }
        walk.end()
    }

    /// Opens the file. Fails if another program has put a link in its place since the path was resolved. The call is
    /// non-blocking, because a pipe that now has this name would otherwise block the program.
    pub(crate) fn open(&self, access: Access) -> io::Result<File> {
        // A terminal that is only written to must not become the controlling terminal of this process.
        let terminal = if access == Access::Write { OFlags::NOCTTY } else { OFlags::empty() };
        let flags = access_flag(access) | terminal | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let open = || rustix::fs::openat(&self.directory, &self.name, flags, Mode::empty());
        let file = File::from(retry_on_intr(open)?);
        self.check_owner(file.metadata()?.uid())?;
        Ok(file)
    }

    /// Returns true if the name in the directory belongs to the file with this identity.
    ///
    /// # Errors
    /// The error of stat(2). An error must not count as false: the caller would then write without looking for a
    /// journal.
    pub(crate) fn leads_to(&self, file: Identity) -> io::Result<bool> {
        match rustix::fs::statat(&self.directory, &self.name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(found) => Ok(kernel::identity(&found) == (file.device, file.inode)),
            Err(Errno::NOENT) => Ok(false),
            // Another process may have passed a descriptor of a file whose directory this user cannot search.
            Err(Errno::ACCESS) if self.is_descriptor => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// The directory of the journals: the one of the file.
    #[expect(clippy::unnecessary_wraps, reason = "an account of Windows may have no place for journals")]
    pub(crate) fn journals(&self) -> io::Result<&Directory> {
        Ok(&self.directory)
    }

    /// The directory of the journals, which always exists.
    pub(crate) fn create_journals(&self) -> io::Result<&Directory> {
        self.journals()
    }

    /// The path of the directory of the journals, for messages.
    pub(crate) fn journals_path(&self) -> &Path {
        &self.directory_path
    }

    /// The part of the names of journals that is different for each password file.
    pub(crate) fn journal_base(&self) -> &OsStr {
        &self.name
    }

    /// The directories that can contain companions of the file, with their paths for messages, and the name of the file
    /// in the names of these companions.
    pub(crate) fn companion_places(&self) -> Vec<(&Directory, &Path, &OsStr)> {
        vec![(&self.directory, &*self.directory_path, &*self.name)]
    }

    /// Checks that this user may create a file here. The rules for links also apply to a link to a missing file.
    pub(crate) fn check_create(&self) -> io::Result<()> {
        self.check_owner(rustix::fs::fstat(&self.directory)?.st_uid)
    }

    /// Rejects a file that another user may have planted. In a sticky directory that others can write to, only files
    /// and pipes of this user or of the directory's owner are written to. `fs.protected_regular` and
    /// `fs.protected_fifos` (`proc_sys_fs(5)`) have the same rule.
    pub(crate) fn check_sticky(&self, file: &Metadata) -> io::Result<()> {
        let directory = rustix::fs::fstat(&self.directory)?;
        let owners = [directory.st_uid, rustix::process::geteuid().as_raw()];
        if is_sticky(&directory) && others_can_write(&directory) && !owners.contains(&file.uid()) {
            return Err(refused(Refused::Planted { owner: file.uid() }));
        }
        Ok(())
    }

    fn check_owner(&self, owner: u32) -> io::Result<()> {
        self.required_owner.map_or(Ok(()), |link_owner| check_owner(link_owner, owner))
    }
}

/// The reason why this module rejects a path that the kernel would accept.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(
        "a link in the path is owned by another user (UID {owner}), and others can write to its directory"
    )]
    Link { owner: u32 },
    #[error("the file is owned by another user (UID {owner}), and others can write to its sticky directory")]
    Planted { owner: u32 },
}

fn refused(why: Refused) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, why)
}

/// A walk along a path: the directory that is reached, and the components that are left.
struct Walk {
    directory: Directory,
    directory_path: PathBuf,
    components: VecDeque<OsString>,
    name: OsString,
    /// The number of links that the walk has followed.
    links: usize,
    /// The location of a link in /proc at the end of the path. This location is the result if the text of the link
    /// cannot be resolved, as with `pipe:[7]`.
    descriptor: Option<Location>,
    /// The links whose target must have the same owner. Each entry is the number of components that are left when the
    /// target is reached, and the owner of the link.
    pending: Vec<(usize, u32)>,
}

impl Walk {
    fn begin(path: &Path) -> io::Result<Self> {
        if path.as_os_str().is_empty() {
            return Err(Errno::NOENT.into());
        }
        let start = if path.is_absolute() { "/" } else { "." };
        Ok(Self {
            directory: Directory::open(CWD, OsStr::new(start), OFlags::empty())?,
            directory_path: if path.is_absolute() { "/".into() } else { PathBuf::new() },
            components: components(path.as_os_str()).collect(),
            name: OsString::new(),
            links: 0,
            descriptor: None,
            pending: Vec::new(),
        })
    }

    /// Handles one component: enters a directory, follows a link, or stores the name at the end.
    fn step(&mut self, component: OsString) -> io::Result<()> {
        if component.is_empty() || component == "." {
            return self.check_targets();
        }
        if !self.components.is_empty() || component == ".." {
            return match Directory::open(&self.directory, &component, OFlags::NOFOLLOW) {
                Ok(directory) => self.enter(directory, &component),
                Err(error) if error == Errno::NOTDIR || kernel::IS_LINK.contains(&error) => {
                    match self.read_link(&component)? {
                        Some(target) => self.follow(&component, &target),
                        None => Err(error.into()),
                    }
                }
                Err(error) => Err(error.into()),
            };
        }
        if let Some(target) = self.read_link(&component)? {
            return self.follow(&component, &target);
        }
        self.name = component;
        Ok(())
    }

    /// The text of a link; `None` if the name is missing or is not a link.
    fn read_link(&self, name: &OsStr) -> io::Result<Option<OsString>> {
        match rustix::fs::readlinkat(&self.directory, name, Vec::new()) {
            Ok(target) => Ok(Some(OsString::from_vec(target.into_bytes()))),
            Err(Errno::INVAL | Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn follow(&mut self, name: &OsStr, target: &OsStr) -> io::Result<()> {
        self.links += 1;
        if self.links > LINKS_MAX {
            return Err(Errno::LOOP.into());
        }
        if self.is_descriptor(target)? {
            if !self.components.is_empty() {
                // Only the kernel can follow a link in /proc to the open directory.
                let directory = Directory::open(&self.directory, name, OFlags::empty())?;
                return self.enter(directory, name);
            }
            self.descriptor = Some(Location {
                directory: self.directory.try_clone()?,
                directory_path: self.directory_path.clone(),
                name: name.to_owned(),
                is_descriptor: true,
                required_owner: None,
            });
        }
        if let Some(owner) = self.check_link(name)? {
            self.pending.push((self.components.len(), owner));
        }
        if Path::new(target).is_absolute() {
            self.directory = Directory::open(CWD, OsStr::new("/"), OFlags::empty())?;
            self.directory_path = "/".into();
        }
        for component in components(target).collect::<Vec<_>>().into_iter().rev() {
            self.components.push_front(component);
        }
        Ok(())
    }

    /// Returns true for a link in /proc whose text cannot be followed as a path. Examples are `pipe:[7]`, and absolute
    /// paths, which belong to the mount namespace of the process that opened the file.
    fn is_descriptor(&self, target: &OsStr) -> io::Result<bool> {
        let bytes = target.as_bytes();
        let may_be = bytes.starts_with(b"/") || bytes.contains(&b':');
        Ok(may_be && kernel::is_in_proc(&self.directory)?)
    }

    fn enter(&mut self, directory: Directory, name: &OsStr) -> io::Result<()> {
        self.directory = directory;
        self.directory_path.push(name);
        self.check_targets()
    }

    /// Checks the owner of the current directory for each link whose target it is. A link at the end of the path has
    /// the file as its target; [`Location::open`] checks the owner of the file.
    fn check_targets(&mut self) -> io::Result<()> {
        let left = self.components.len();
        while let Some((_, owner)) = self.pending.pop_if(|(at, _)| left > 0 && *at >= left) {
            check_owner(owner, rustix::fs::fstat(&self.directory)?.st_uid)?;
        }
        Ok(())
    }

    /// Checks that this user may follow the link. Returns the user who must own the target of the link, if there is
    /// such a rule.
    ///
    /// 1. In a sticky directory that every user can write to, this user follows only links of their own and of the
    ///    directory's owner. `fs.protected_symlinks` (`proc_sys_fs(5)`) has the same rule.
    /// 2. In any directory that other users can write to, root follows a link only if root or the owner of the target
    ///    owns the link.
    fn check_link(&self, name: &OsStr) -> io::Result<Option<u32>> {
        let link = rustix::fs::statat(&self.directory, name, AtFlags::SYMLINK_NOFOLLOW)?.st_uid;
        let directory = rustix::fs::fstat(&self.directory)?;
        let me = rustix::process::geteuid();
        if is_sticky(&directory)
            && Mode::from_raw_mode(directory.st_mode).contains(Mode::WOTH)
            && link != me.as_raw()
            && link != directory.st_uid
        {
            return Err(refused(Refused::Link { owner: link }));
        }
        let by_others = others_can_write(&directory) || directory.st_uid != 0;
        Ok((me.is_root() && by_others && link != 0).then_some(link))
    }

    fn end(self) -> io::Result<Location> {
        let mut required_owner = None;
        for (_, owner) in self.pending {
            check_owner(owner, *required_owner.get_or_insert(owner))?;
        }
        let is_here = self.directory_path.as_os_str().is_empty();
        Ok(Location {
            directory: self.directory,
            directory_path: if is_here { ".".into() } else { self.directory_path },
            name: self.name,
            is_descriptor: self.descriptor.is_some(),
            required_owner,
        })
    }
}

fn check_owner(link_owner: u32, target_owner: u32) -> io::Result<()> {
    if link_owner == target_owner { Ok(()) } else { Err(refused(Refused::Link { owner: link_owner })) }
}

/// The parts of a path between its slashes. A slash at the end gives an empty last part.
fn components(path: &OsStr) -> impl Iterator<Item = OsString> {
    path.as_bytes().split(|byte| *byte == b'/').map(|part| OsStr::from_bytes(part).to_owned())
}

fn is_sticky(directory: &Stat) -> bool {
    Mode::from_raw_mode(directory.st_mode).contains(Mode::SVTX)
}

fn others_can_write(directory: &Stat) -> bool {
    Mode::from_raw_mode(directory.st_mode).intersects(Mode::WGRP | Mode::WOTH)
}
