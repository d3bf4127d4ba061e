//! Where a path leads: the open directory, and the name of the file in it.
//!
//! Links are followed here, one component at a time, and everything after that happens relative to the open directory.
//! So nobody can exchange a directory between a check and its use. The kernel protects sticky directories only in calls
//! that follow links themselves; [`Walk::check_link`] repeats its rules.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, Stat};
use rustix::io::{Errno, retry_on_intr};

/// As many links as the kernel follows.
const LINKS_MAX: usize = 40;
/// `f_type` of procfs, statfs(2).
const PROC_SUPER_MAGIC: u64 = 0x9fa0;

/// The directory that a path leads to, and the name in it.
#[derive(Debug)]
pub(super) struct Location {
    pub(super) directory: OwnedFd,
    /// For messages: the directory, as the links on the way spell it.
    pub(super) directory_path: PathBuf,
    /// Empty if the path ends with a slash, `.` or `..`.
    pub(super) name: OsString,
    /// The path went through a link in /proc, such as /dev/stdin: its text may lead elsewhere than the kernel does.
    pub(super) is_descriptor: bool,
    /// The owner of the link that leads here, who has to own the file too; see [`Walk::check_link`].
    required_owner: Option<u32>,
}

impl Location {
    /// Follows all links of a path.
    ///
    /// # Errors
    /// A missing directory, a loop of links, or a link that this user must not follow ([`Refused`]).
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let mut walk = Walk::begin(path)?;
        while let Some(component) = walk.components.pop_front() {
            if let Err(error) = walk.step(component) {
                return walk.descriptor.ok_or(error);
            }
        }
        walk.end()
    }

    /// Opens the file itself; a link that is put there meanwhile is not followed.
    pub(super) fn open(&self, flags: OFlags) -> io::Result<File> {
        let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let open = || rustix::fs::openat(&self.directory, &self.name, flags, Mode::empty());
        let file = File::from(retry_on_intr(open)?);
        self.check_owner(file.metadata()?.uid())?;
        Ok(file)
    }

    /// Whether the name in the directory is this very file.
    ///
    /// # Errors
    /// Where that cannot be said: a journal that nobody looks for would be written past.
    pub(super) fn leads_to(&self, file: &Metadata) -> io::Result<bool> {
        match rustix::fs::statat(&self.directory, &self.name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(found) => Ok((found.st_dev, found.st_ino) == (file.dev(), file.ino())),
            Err(Errno::NOENT) => Ok(false),
            // The directory of a file whose descriptor was handed over may be out of reach.
            Err(Errno::ACCESS) if self.is_descriptor => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether a new file may be made here: a link that leads to a missing file counts as well.
    pub(super) fn check_create(&self) -> io::Result<()> {
        self.check_owner(rustix::fs::fstat(&self.directory)?.st_uid)
    }

    /// In a sticky directory that others can write to, a program writes only to files and pipes of its own user or of
    /// the directory's owner, as with `fs.protected_regular` and `fs.protected_fifos` (`proc_sys_fs(5)`).
    pub(super) fn check_sticky(&self, file: &Metadata) -> io::Result<()> {
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

/// Why a file is not opened although the kernel would open it.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(
        "a link on the way is owned by another user (UID {owner}), and others can write to its directory"
    )]
    Link { owner: u32 },
    #[error("it is owned by another user (UID {owner}), and others can write to its sticky directory")]
    Planted { owner: u32 },
}

fn refused(why: Refused) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, why)
}

/// The state on the way along a path.
struct Walk {
    directory: OwnedFd,
    directory_path: PathBuf,
    components: VecDeque<OsString>,
    name: OsString,
    links: usize,
    /// The link in /proc at the end of the path, where it can be used although its text leads nowhere.
    descriptor: Option<Location>,
    /// Links whose target must have the same owner: how many components are left when the target is reached, and the
    /// owner of the link.
    pending: Vec<(usize, u32)>,
}

impl Walk {
    fn begin(path: &Path) -> io::Result<Self> {
        if path.as_os_str().is_empty() {
            return Err(Errno::NOENT.into());
        }
        let start = if path.is_absolute() { "/" } else { "." };
        Ok(Self {
            directory: open_directory(CWD, OsStr::new(start), OFlags::empty())?,
            directory_path: if path.is_absolute() { "/".into() } else { PathBuf::new() },
            components: components(path.as_os_str()).collect(),
            name: OsString::new(),
            links: 0,
            descriptor: None,
            pending: Vec::new(),
        })
    }

    /// Takes one component: a directory to enter, a link to follow, or the name at the end.
    fn step(&mut self, component: OsString) -> io::Result<()> {
        if component.is_empty() || component == "." {
            return self.check_targets();
        }
        if !self.components.is_empty() || component == ".." {
            return match open_directory(&self.directory, &component, OFlags::NOFOLLOW) {
                Ok(directory) => self.enter(directory, &component),
                Err(error @ (Errno::LOOP | Errno::NOTDIR)) => match self.read_link(&component)? {
                    Some(target) => self.follow(&component, &target),
                    None => Err(error.into()),
                },
                Err(error) => Err(error.into()),
            };
        }
        if let Some(target) = self.read_link(&component)? {
            return self.follow(&component, &target);
        }
        self.name = component;
        Ok(())
    }

    /// The text of a link; `None` for anything else, and for a name that is free.
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
                // Only the kernel knows which directory this is.
                let directory = open_directory(&self.directory, name, OFlags::empty())?;
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
            self.directory = open_directory(CWD, OsStr::new("/"), OFlags::empty())?;
            self.directory_path = "/".into();
        }
        for component in components(target).collect::<Vec<_>>().into_iter().rev() {
            self.components.push_front(component);
        }
        Ok(())
    }

    /// Is the text of this link, if it is one in /proc, no path that can be followed by hand? Examples are `pipe:[7]`,
    /// and absolute paths, which belong to the name space of the process that opened the file.
    fn is_descriptor(&self, target: &OsStr) -> io::Result<bool> {
        let bytes = target.as_bytes();
        let may_be = bytes.starts_with(b"/") || bytes.contains(&b':');
        Ok(may_be && u64::try_from(rustix::fs::fstatfs(&self.directory)?.f_type) == Ok(PROC_SUPER_MAGIC))
    }

    fn enter(&mut self, directory: OwnedFd, name: &OsStr) -> io::Result<()> {
        self.directory = directory;
        self.directory_path.push(name);
        self.check_targets()
    }

    /// Checks the owner of this directory for each link whose target it is. The target of a link at the end of the path
    /// is the file, which is checked when it is opened.
    fn check_targets(&mut self) -> io::Result<()> {
        let left = self.components.len();
        while let Some((_, owner)) = self.pending.pop_if(|(at, _)| left > 0 && *at >= left) {
            check_owner(owner, rustix::fs::fstat(&self.directory)?.st_uid)?;
        }
        Ok(())
    }

    /// Whether this user may follow the link. `Some` is the user who then has to own its target too.
    ///
    /// In a sticky directory that everybody can write to, only links of the own user and of the directory's owner are
    /// followed, as with `fs.protected_symlinks` (`proc_sys_fs(5)`). In any directory that others can write to, root
    /// follows a link only if root or the owner of the target owns the link.
    fn check_link(&self, name: &OsStr) -> io::Result<Option<u32>> {
        let link = rustix::fs::statat(&self.directory, name, AtFlags::SYMLINK_NOFOLLOW)?.st_uid;
        let directory = rustix::fs::fstat(&self.directory)?;
        let me = rustix::process::geteuid();
        if is_sticky(&directory)
            && directory.st_mode & 0o002 != 0
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

/// The parts between the slashes; an empty one at the end for a slash there.
fn components(path: &OsStr) -> impl Iterator<Item = OsString> {
    path.as_bytes().split(|byte| *byte == b'/').map(|part| OsStr::from_bytes(part).to_owned())
}

/// Opens a directory, also one that may be searched but not listed.
fn open_directory(at: impl AsFd, name: &OsStr, flags: OFlags) -> Result<OwnedFd, Errno> {
    let open = |access| {
        let flags = access | flags | OFlags::DIRECTORY | OFlags::CLOEXEC;
        retry_on_intr(|| rustix::fs::openat(at.as_fd(), name, flags, Mode::empty()))
    };
    match open(OFlags::RDONLY) {
        Err(Errno::ACCESS) => open(OFlags::PATH),
        directory => directory,
    }
}

fn is_sticky(directory: &Stat) -> bool {
    directory.st_mode & 0o1000 != 0
}

fn others_can_write(directory: &Stat) -> bool {
    directory.st_mode & 0o022 != 0
}
