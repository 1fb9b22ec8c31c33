//! Campaign files: read, checked, and where they are sound, stored and read again.

use beckon_shared::authoring::definitions::read_dir;
use beckon_shared::domain::campaign::Campaign;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{fs, process};

/// A folder of our own, with the example's workspace and templates beside the file.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("beckon-door-{}", process::id()));
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli/tests/campaigns");
    let templates = folder.join("templates");
    fs::create_dir_all(&folder).expect("a folder can be made");
    if !templates.exists() {
        std::os::unix::fs::symlink(examples.join("templates"), &templates).expect("a link can be made");
    }
    fs::copy(examples.join("workspace.yaml"), folder.join("workspace.yaml")).expect("the workspace is there");
    folder
});

/// Reads the bytes as a campaign file.
pub fn enter(bytes: &[u8]) {
    fs::write(FOLDER.join("tried.yaml"), bytes).expect("it can be written");
    let outcome = read_dir(&FOLDER);
    let is_refused = outcome.found.iter().any(|found| found.is_error());
    assert_eq!(
        is_refused,
        outcome.definitions.is_none(),
        "refused with a reason, or taken"
    );
    for found in &outcome.found {
        assert!(!found.to_string().is_empty());
    }
    for campaign in outcome
        .definitions
        .into_iter()
        .flat_map(|definitions| definitions.campaigns)
    {
        let stored = serde_json::to_string(&campaign).expect("what is sound can be stored");
        let read: Campaign = serde_json::from_str(&stored).expect("what is stored can be read");
        assert_eq!(read, campaign);
    }
}
