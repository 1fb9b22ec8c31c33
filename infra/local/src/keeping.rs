//! What a stack with a folder of its own keeps there beside the table: where its clock stands,
//! how far the stream was read, schedules, queues, what left. Written now and then and at the
//! end; a stack that was killed repeats what it cannot know to be done, which is harmless.

use crate::bundle::Bundle;
use crate::lambda::background::Job;
use crate::queue::QueueMessage;
use crate::scheduler::Schedule;
use crate::sent::SentMessage;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is kept.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Kept {
    /// Where the virtual clock stood.
    pub now: Option<Timestamp>,
    /// Everything in the stream up to here is done.
    pub checkpoint: Option<String>,
    /// One-time schedules.
    pub schedules: Vec<Schedule>,
    /// Invocations that wait for their next try.
    pub background: Vec<(Timestamp, Job)>,
    /// Queues.
    pub queues: BTreeMap<String, Vec<QueueMessage>>,
    /// What left.
    pub sent: Vec<SentMessage>,
}

/// Why nothing was kept, or it could not be read.
#[derive(Debug, thiserror::Error)]
pub enum KeepingError {
    /// The folder or file failed.
    #[error("`{path}`: {error}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What happened.
        error: std::io::Error,
    },
    /// The file is not one of ours.
    #[error("`{path}` is not what a local stack keeps: {error}")]
    Content {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        error: serde_json::Error,
    },
}

/// The table's file in the folder.
pub fn table_file(folder: &Path) -> PathBuf {
    folder.join("table.sqlite")
}

fn kept_file(folder: &Path) -> PathBuf {
    folder.join("stack.json")
}

impl Kept {
    /// What was kept in the folder, which is created if it is not there.
    pub fn load(folder: &Path) -> Result<Self, KeepingError> {
        std::fs::create_dir_all(folder).map_err(|error| KeepingError::File {
            path: folder.to_owned(),
            error,
        })?;
        let path = kept_file(folder);
        match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| KeepingError::Content { path, error }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(KeepingError::File { path, error }),
        }
    }

    /// What is to be kept of a running stack.
    pub fn of(bundle: &Bundle) -> Self {
        Self {
            now: Some(bundle.clock.now()),
            checkpoint: bundle.pump.checkpoint(),
            schedules: bundle.schedules.all(),
            background: bundle.background.all(),
            queues: bundle.queues.all(),
            sent: bundle.sent.messages(None),
        }
    }

    /// Writes it into the folder, whole or not at all.
    pub fn save(&self, folder: &Path) -> Result<(), KeepingError> {
        let path = kept_file(folder);
        let new = path.with_extension("json.new");
        let text = serde_json::to_vec(self).map_err(|error| KeepingError::Content {
            path: path.clone(),
            error,
        })?;
        let written = std::fs::write(&new, text).and_then(|()| std::fs::rename(&new, &path));
        written.map_err(|error| KeepingError::File { path, error })
    }
}
