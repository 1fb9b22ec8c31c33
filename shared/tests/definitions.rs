//! Campaign folders: the shipped one is read, and what is wrong with others is said.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_shared::authoring::definitions::{Outcome, read_dir};
use beckon_shared::authoring::diagnostic::Severity;
use beckon_shared::authoring::schema;
use beckon_shared::domain::campaign::{Again, Campaign, Every, Meanwhile, Step, Wait, Watch};
use beckon_shared::domain::time::Span;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Holds `text` against the file; with `UPDATE_GOLDEN=1` the file is written instead.
fn held_against(path: &Path, text: &str) -> Result<(), String> {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(path, text).expect("it is written");
        return Ok(());
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    if expected == text {
        Ok(())
    } else {
        Err(format!("{}:\nexpected:\n{expected}\nfound:\n{text}", path.display()))
    }
}

fn said(outcome: &Outcome) -> String {
    let mut text = String::new();
    // Remarks, such as the length of a text message, are the templates' own affair.
    for finding in outcome
        .found
        .iter()
        .filter(|finding| finding.severity != Severity::Info)
    {
        writeln!(text, "{finding}").expect("it is written");
    }
    text
}

/// A folder of its own, with a workspace and two templates.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        // Left over from an earlier run.
        fs::remove_dir_all(&path).ok();
        let folder = Self(path);
        folder.write(
            "workspace.yaml",
            "email: { from: hello@shop.example.com }\nlists:\n  cart: { by: product_id, put: Product Added, keep: price }\n\
             topics: { reminders: { en: Reminders } }\n",
        );
        folder.template(
            "thanks",
            "Thank you, {{ profile.first_name or \"friend\" }}.",
            "{\"profile\": {\"first_name\": \"Ada\"}}",
        );
        folder.template("no-way-out", "Thank you.", "{}");
        folder.template(
            "curious",
            "{{ event.totl }} {{ item.price }} {{ cart.size }} {{ profile.shoe or 1 }} {{ order.id }} {{ event }}",
            "{\"event\": {\"totl\": 1}, \"item\": {\"price\": 1}, \"cart\": {\"size\": 1}, \"profile\": {\"shoe\": 1}, \"order\": {\"id\": 1}}",
        );
        folder
    }

    fn template(&self, name: &str, text: &str, sample: &str) {
        let link = match name {
            "no-way-out" => "",
            _ => "<mj-text><a href=\"{{ unsubscribe_url }}\">Stop</a></mj-text>",
        };
        self.write(&format!("templates/{name}/sample.json"), sample);
        self.write(&format!("templates/{name}/email.en.txt"), text);
        self.write(
            &format!("templates/{name}/email.en.mjml"),
            &"<mjml><mj-head><mj-title>Thank you</mj-title><mj-preview>For your order</mj-preview></mj-head><mj-body><mj-section><mj-column><mj-text>Thank \
             you</mj-text>LINK</mj-column></mj-section></mj-body></mjml>"
                .replace("LINK", link),
        );
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("the folder is made");
        fs::write(path, text).expect("it is written");
    }

    /// What is said of it, with its files named as in the folder.
    fn said(&self) -> String {
        let text = said(&read_dir(&self.0));
        let text = text.replace(&format!("{}/", self.0.display()), "");
        text.replace(&self.0.display().to_string(), "the folder")
    }
}

#[test]
fn every_mistake_is_shown_with_its_place() {
    let folder = here("tests/mistakes");
    let mut differences = Vec::new();
    let mut cases = 0;
    let mut names: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    names.sort();
    for case in names
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
    {
        let name = case.file_stem().unwrap().to_str().unwrap();
        let campaigns = Folder::new(&format!("mistakes-{name}"));
        let target = if name.starts_with("workspace") {
            "workspace.yaml"
        } else {
            "example.yaml"
        };
        campaigns.write(target, &fs::read_to_string(case).unwrap());
        if name.starts_with("workspace") {
            fs::remove_dir_all(campaigns.0.join("templates")).unwrap();
        }
        let text = campaigns.said();
        assert!(!text.is_empty(), "{name} is a mistake");
        differences.extend(held_against(&case.with_extension("txt"), &text).err());
        cases += 1;
    }
    assert!(cases > 40, "the cases are there");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn one_bad_file_does_not_hide_another() {
    let folder = Folder::new("several");
    let good = "campaign: one\nenter: { on: Order Completed }\nsteps: [{ send: a, by: email, template: thanks }]\n";
    folder.write("a.yaml", good);
    folder.write("b.yaml", good);
    folder.write("c.yaml", &good.replace("one", "two").replace("thanks", "thanx"));
    folder.write("d.yml", good);
    folder.write("e.yaml", "campaign: [");
    folder.write("notes.txt", "not read");
    let said = folder.said();
    for part in [
        "b.yaml:1:11: error: `one` is the name of the campaign in `a.yaml` too",
        "c.yaml:3:41: error: there is no template `thanx`, did you mean `thanks`?",
        "d.yml: warning: the file is not read, expected its name to end with `.yaml`",
        "e.yaml:",
    ] {
        assert!(said.contains(part), "{part} in\n{said}");
    }
    assert!(!said.contains("notes"));
}

fn shipped() -> Vec<Campaign> {
    let outcome = read_dir(&here("../campaigns"));
    assert_eq!(said(&outcome), "");
    outcome.definitions.expect("it is sound").campaigns
}

#[test]
fn the_shipped_campaigns_say_what_they_should() {
    let campaigns = shipped();
    let of = |name: &str| {
        campaigns
            .iter()
            .find(|campaign| campaign.name.as_str() == name)
            .expect("it is shipped")
    };
    let cart = of("abandoned-cart");
    assert_eq!(cart.enter[0].on, ["Product Added", "Cart Updated", "Checkout Started"]);
    assert_eq!(
        (cart.enter[0].again, cart.enter[0].meanwhile),
        (Again::Never, Meanwhile::Move)
    );
    assert_eq!(cart.steps[0], Step::Wait(Wait::For(Span::from_hours(1))));
    assert_eq!(cart.exit.len(), 2);
    assert_eq!(cart.shows_lists, ["cart"]);
    let trial = of("trial-expiry");
    assert_eq!(trial.enter[0].traits, ["trial_ends_at"]);
    assert!(matches!(trial.steps[0], Step::Wait(Wait::Until(_))));
    assert!(trial.keeps.contains(&"ends_at".to_owned()));
    let Some(Watch::Date(date)) = &of("birthday").enter[0].watch else {
        panic!("a date lets into `birthday`");
    };
    assert_eq!((date.every, date.moved_millis), (Some(Every::Year), 0));
    assert_eq!(date.at.expect("a time").minutes(), 9 * 60);
}

#[test]
fn a_stored_campaign_is_the_checked_one() {
    for campaign in shipped() {
        let stored = serde_json::to_string(&campaign).expect("it is written");
        assert!(stored.len() < 4_000, "{} bytes", stored.len());
        assert_eq!(serde_json::from_str::<Campaign>(&stored).expect("it is read"), campaign);
    }
}

#[test]
fn a_version_comes_from_the_content() {
    let folder = Folder::new("versions");
    let text = "campaign: one\nenter: { on: Order Completed }\nsteps: [{ send: a, by: email, template: thanks }]\n";
    let version = |text: &str| {
        folder.write("a.yaml", text);
        read_dir(&folder.0).definitions.expect("it is sound").campaigns[0]
            .version
            .clone()
    };
    let first = version(text);
    assert_eq!(first, version(&format!("# a remark\n{text}")));
    assert_ne!(first, version(&text.replace("enter:", "about: changed\nenter:")));
}

#[test]
fn the_schemas_are_those_of_the_types() {
    for (name, schema) in [
        ("campaign", schema::campaign()),
        ("service", schema::service()),
        ("template", schema::template()),
        ("workspace", schema::workspace()),
    ] {
        let text = serde_json::to_string_pretty(&schema).expect("it is written") + "\n";
        held_against(&here(&format!("schema/{name}.schema.json")), &text).expect("UPDATE_GOLDEN=1 writes it anew");
    }
}
