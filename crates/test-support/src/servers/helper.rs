//! A program that answers one line of standard input with one line of standard output, such as squid's program for basic
//! authentication.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The running program. It ends when its standard input ends.
pub(super) struct Helper {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Helper {
    pub(super) fn start(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let (questions, answers) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, questions, answers }
    }

    /// The answer to one line, without the newline.
    pub(super) fn ask(&mut self, question: &str) -> String {
        let questions = self.questions.as_mut().unwrap();
        questions.write_all(format!("{question}\n").as_bytes()).unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        assert!(answer.ends_with('\n'), "no answer to {question:?}: {answer:?}");
        answer.trim_end().to_owned()
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        drop(self.questions.take());
        let _ = self.child.wait();
    }
}
