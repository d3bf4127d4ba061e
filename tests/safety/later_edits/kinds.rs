//! The kinds of later edit: the changes that administrators and programs make to a password file after a killed
//! write. Each kind prepares the files that it needs and then makes its edit.

use std::fs::{self, File, FileTimes, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use super::{Start, call};
use crate::support::users::{OTHER, set};
use crate::support::{Call, Exit, SHA1, Sandbox, has_tool, is_root, skipped};

/// Apache's tool, by its path, because an installed build of this program may have the same name.
const APACHES: &str = "/usr/bin/htpasswd";

const PAGE: usize = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The control group: without a later edit, recovery has to leave the old or the new file.
    NoEdit,
    LastUserDeleted,
    MiddleUserDeleted,
    HashSetBack,
    UserAppended,
    TruncatedAtALine,
    /// The cut is at a multiple of the page size, because a killed write may also end at such a position.
    TruncatedAtAPage,
    RewrittenWithTheSameBytes,
    ReplacedByRename,
    RestoredFromACopyWithItsTimes,
    LastUserDeletedAndTimePutBack,
    CommentAddedInFront,
    DeletedByApache,
    DeletedThroughAHardLink,
    DeletedThroughASecondNameBesideIt,
    DeletedThroughABindMount,
    SetBackByThisProgram,
    SetBackThroughAHardLink,
}

impl Kind {
    pub(super) const ALL: [Self; 18] = [
        Self::NoEdit,
        Self::LastUserDeleted,
        Self::MiddleUserDeleted,
        Self::HashSetBack,
        Self::UserAppended,
        Self::TruncatedAtALine,
        Self::TruncatedAtAPage,
        Self::RewrittenWithTheSameBytes,
        Self::ReplacedByRename,
        Self::RestoredFromACopyWithItsTimes,
        Self::LastUserDeletedAndTimePutBack,
        Self::CommentAddedInFront,
        Self::DeletedByApache,
        Self::DeletedThroughAHardLink,
        Self::DeletedThroughASecondNameBesideIt,
        Self::DeletedThroughABindMount,
        Self::SetBackByThisProgram,
        Self::SetBackThroughAHardLink,
    ];

    /// The kinds of edit that this machine can make. Reports the other kinds as skipped.
    pub(super) fn possible() -> Vec<Self> {
        let mut kinds = Self::ALL.to_vec();
        if !has_tool(APACHES, &["-nbp", "user", "password"]) {
            skipped("Apache's htpasswd is not installed: its edit is not tried");
            kinds.retain(|kind| *kind != Self::DeletedByApache);
        }
        if !is_root() || !has_tool("unshare", &["-m", "true"]) {
            skipped("only root can mount: the edit through a bind mount is not tried");
            kinds.retain(|kind| *kind != Self::DeletedThroughABindMount);
        }
        kinds
    }

    /// Makes the files that this edit needs, before the write that is killed.
    pub(super) fn prepare(self, sandbox: &Sandbox) {
        fs::create_dir(sandbox.path("elsewhere")).unwrap();
        let link = |name: &str| fs::hard_link(sandbox.path("passwd"), sandbox.path(name)).unwrap();
        match self {
            Self::DeletedThroughAHardLink | Self::SetBackThroughAHardLink => link("elsewhere/users"),
            Self::DeletedThroughASecondNameBesideIt => link("second"),
            Self::DeletedThroughABindMount => sandbox.write("elsewhere/mounted", ""),
            Self::RestoredFromACopyWithItsTimes => copy(sandbox, "passwd", "elsewhere/copy"),
            _ => {}
        }
    }

    /// Makes the edit. Returns false if the edit failed, so that the test does not expect the edit in the file.
    pub(super) fn apply(self, sandbox: &Sandbox, start: &Start<'_>) -> bool {
        let text = sandbox.text("passwd");
        let records: Vec<_> = text.lines().filter_map(|line| line.split_once(':')).collect();
        let last = records[records.len() - 1].0;
        let path = sandbox.path("passwd");
        match self {
            Self::NoEdit => true,
            Self::LastUserDeleted => overwrite(&path, &without(&text, last)),
            Self::MiddleUserDeleted => overwrite(&path, &without(&text, records[records.len() / 2].0)),
            Self::HashSetBack => overwrite(&path, &start.set_back(&text)),
            Self::UserAppended => {
                let mut file = OpenOptions::new().append(true).open(path).unwrap();
                writeln!(file, "appended:{SHA1}").is_ok()
            }
            Self::TruncatedAtALine => {
                let half = text.split_inclusive('\n').take(records.len() / 2).map(str::len).sum::<usize>();
                open(&path).set_len(half as u64).is_ok()
            }
            Self::TruncatedAtAPage => {
                let first = text.find('\n').unwrap() + 1;
                let page = (text.len() - 1) / PAGE * PAGE;
                open(&path).set_len(page.max(first) as u64).is_ok()
            }
            Self::RewrittenWithTheSameBytes => overwrite(&path, &text),
            Self::ReplacedByRename => {
                sandbox.write("elsewhere/replacement", without(&text, last));
                fs::rename(sandbox.path("elsewhere/replacement"), path).is_ok()
            }
            Self::RestoredFromACopyWithItsTimes => {
                copy(sandbox, "elsewhere/copy", "passwd");
                true
            }
            Self::LastUserDeletedAndTimePutBack => {
                let modified = fs::metadata(&path).unwrap().modified().unwrap();
                let done = overwrite(&path, &without(&text, last));
                done && open(&path).set_times(FileTimes::new().set_modified(modified)).is_ok()
            }
            Self::CommentAddedInFront => overwrite(&path, &format!("# kept by the operators\n{text}")),
            Self::DeletedByApache => {
                succeeds(sandbox.call(["-D", "passwd", last]).program(Path::new(APACHES)))
            }
            Self::DeletedThroughAHardLink => succeeds(call(sandbox, &["-D", "elsewhere/users", last])),
            Self::DeletedThroughASecondNameBesideIt => succeeds(call(sandbox, &["-D", "second", last])),
            Self::DeletedThroughABindMount => {
                let script = "mount --bind passwd elsewhere/mounted && exec \"$@\"";
                let words = ["unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh"];
                succeeds(call(sandbox, &["-D", "elsewhere/mounted", last]).under(words))
            }
            Self::SetBackByThisProgram => start.set_back_at(sandbox, "passwd"),
            Self::SetBackThroughAHardLink => start.set_back_at(sandbox, "elsewhere/users"),
        }
    }
}

impl Start<'_> {
    /// The text in which the user of the killed write has the earlier hash again.
    fn set_back(&self, text: &str) -> String {
        let record = format!("target:{}", self.earlier_hash);
        if !text.contains("target:") && self.before.starts_with(&record) {
            return format!("{record}\n{text}");
        }
        set(text, "target", self.earlier_hash)
    }

    /// Sets the earlier hash with a call of this program. Returns true if the call succeeds.
    fn set_back_at(&self, sandbox: &Sandbox, path: &str) -> bool {
        if self.earlier_hash == SHA1 {
            return succeeds(call(sandbox, &["-bs", path, "target", "secret"]));
        }
        let list = format!("target:{}\n", self.earlier_hash);
        succeeds(call(sandbox, &["--import", "--hashed", path]).stdin(list))
    }
}

/// The use of the file that runs the recovery. Some of these uses also edit the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recovery {
    Verify,
    List,
    Check,
    Update,
    Import,
    Library,
}

impl Recovery {
    pub(super) const ALL: [Self; 6] =
        [Self::Verify, Self::List, Self::Check, Self::Update, Self::Import, Self::Library];

    /// The content of the file after this use, if the recovery undoes nothing.
    pub(super) fn expected(self, text: &str) -> String {
        match self {
            Self::Update => set(text, "keeper", OTHER),
            Self::Import => set(text, "imported", SHA1),
            _ => text.to_owned(),
        }
    }

    /// The command, or `None` for a server that reads the file with the library.
    pub(super) fn call(self, sandbox: &Sandbox) -> Option<Call<'_>> {
        Some(match self {
            Self::Verify => call(sandbox, &["-vb", "passwd", "keeper", "secret"]),
            Self::List => call(sandbox, &["--list", "passwd"]),
            Self::Check => call(sandbox, &["--check", "passwd"]),
            Self::Update => call(sandbox, &["-bs", "passwd", "keeper", "other"]),
            Self::Import => {
                call(sandbox, &["--import", "--hashed", "passwd"]).stdin(format!("imported:{SHA1}\n"))
            }
            Self::Library => return None,
        })
    }
}

fn succeeds(call: Call<'_>) -> bool {
    call.run().exit == Exit::Code(0)
}

/// Saves as some editors do: empties the file and writes it.
fn overwrite(path: &Path, text: &str) -> bool {
    fs::write(path, text).is_ok()
}

fn open(path: &Path) -> File {
    OpenOptions::new().write(true).open(path).unwrap()
}

fn without(text: &str, user: &str) -> String {
    let prefix = format!("{user}:");
    text.split_inclusive('\n').filter(|line| !line.starts_with(&prefix)).collect()
}

/// Copies the bytes and then the times, like `cp -p`.
fn copy(sandbox: &Sandbox, from: &str, to: &str) {
    let (from, to) = (sandbox.path(from), sandbox.path(to));
    let metadata = fs::metadata(&from).unwrap();
    fs::write(&to, fs::read(from).unwrap()).unwrap();
    let times = FileTimes::new().set_accessed(metadata.accessed().unwrap());
    open(&to).set_times(times.set_modified(metadata.modified().unwrap())).unwrap();
}
