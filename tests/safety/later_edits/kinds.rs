//! The kinds of later edit: what people and programs do to a password file after a write to it was killed.

use std::fs::{self, File, FileTimes, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use super::{Start, call};
use crate::support::users::{OTHER, set};
use crate::support::{Call, Exit, SHA1, Sandbox, has_tool, is_root, skipped};

/// Apache's tool. The name alone could be that of this program, once it is installed.
const APACHES: &str = "/usr/bin/htpasswd";

const PAGE: usize = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The control group: after it, the file has to be the old or the new one.
    NoEdit,
    LastUserDeleted,
    MiddleUserDeleted,
    HashSetBack,
    UserAppended,
    TruncatedAtALine,
    /// Also at the end of a line, where there is one: a killed write may end at a page too.
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

    /// Those that can be made on this machine. Says which ones cannot.
    pub(super) fn possible() -> Vec<Self> {
        let mut kinds = Self::ALL.to_vec();
        if !has_tool(APACHES, &["-nbp", "user", "password"]) {
            skipped("Apache's htpasswd is not installed: no edit is made by it");
            kinds.retain(|kind| *kind != Self::DeletedByApache);
        }
        if !is_root() || !has_tool("unshare", &["-m", "true"]) {
            skipped("only root can mount: no edit is made through a bind mount");
            kinds.retain(|kind| *kind != Self::DeletedThroughABindMount);
        }
        kinds
    }

    /// What this edit needs and has to be there before the write that is killed.
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

    /// Makes the edit. False if it did not succeed, so that nobody relies on it.
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
    /// The text after somebody has given the user of the killed write the earlier hash back.
    fn set_back(&self, text: &str) -> String {
        let record = format!("target:{}", self.earlier_hash);
        if !text.contains("target:") && self.before.starts_with(&record) {
            return format!("{record}\n{text}");
        }
        set(text, "target", self.earlier_hash)
    }

    /// The same by a call of this program.
    fn set_back_at(&self, sandbox: &Sandbox, path: &str) -> bool {
        if self.earlier_hash == SHA1 {
            return succeeds(call(sandbox, &["-bs", path, "target", "secret"]));
        }
        let list = format!("target:{}\n", self.earlier_hash);
        succeeds(call(sandbox, &["--import", "--hashed", path]).stdin(list))
    }
}

/// The recovery makes an edit of its own, or none. What it leaves of a text if it undoes nothing.
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

    pub(super) fn expected(self, text: &str) -> String {
        match self {
            Self::Update => set(text, "keeper", OTHER),
            Self::Import => set(text, "imported", SHA1),
            _ => text.to_owned(),
        }
    }

    /// The command; `None` for a server that reads the file by the library.
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

/// As an editor saves: the same file, emptied and written.
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

/// As `cp -p`: the bytes, then the times.
fn copy(sandbox: &Sandbox, from: &str, to: &str) {
    let (from, to) = (sandbox.path(from), sandbox.path(to));
    let metadata = fs::metadata(&from).unwrap();
    fs::write(&to, fs::read(from).unwrap()).unwrap();
    let times = FileTimes::new().set_accessed(metadata.accessed().unwrap());
    open(&to).set_times(times.set_modified(metadata.modified().unwrap())).unwrap();
}
