//! Campaigns to fold by: a random handful of those that ship, and of some that are drawn, of every kind of entrance
//! with every kind of step.

use crate::faulty::{self, FAULTY, FAULTY_NAME};
use crate::known::SET_BY_STEPS;
use beckon_shared::authoring::definitions::Definitions;
use beckon_shared::domain::campaign::{Campaign, Workspace};
use beckon_shared::domain::rules::Rules;
use beckon_tests::world::definitions;
use fastrand::Rng;

/// How many campaigns are drawn.
const DRAWN: usize = 60;

const ENTRANCES: [&str; 14] = [
    "  on: Product Added\n  key: event.product_id\n  again: always\n  meanwhile: restart",
    "  on: [Product Added, Checkout Started]\n  where: size(cart.items) > 1\n  again: after 1d\n  meanwhile: move",
    "  on: Order Completed\n  each: event.products\n  key: item.product_id\n  again: always",
    "  on: page\n  where: event.group == \"pricing\" && sessions(\"page\", group == \"pricing\", 2d) >= 2\n  again: after 3d",
    "  on: Product Viewed\n  where: count(\"Product Viewed\", category == event.category, 7d) >= 3\n  key: event.category\n  again: always",
    "  on: Demo Played\n  key: event.album_id\n  without: { on: Product Added, for: 10m }\n  again: always",
    "  sequence: [{ on: Product Viewed, as: first }, { on: Product Added, where: event.product_id == first.product_id }]\n  within: 1d\n  again: always",
    "  when: count(\"Product Viewed\", 1d) >= 3 && count(\"Order Completed\", 2d) == 0\n  again: always",
    "  crosses: { value: 'score(\"readiness\")', above: 30, back: 20 }\n  again: always",
    "  inactive: 2d",
    "  trait: plan\n  again: always",
    "  date: profile.birthday\n  every: month\n  at: \"09:00\"",
    "  schedule: \"RRULE:FREQ=WEEKLY;BYDAY=TU,SA\"\n  at: \"10:00\"",
    "  on: Email Opened\n  again: after 1d",
];

const STEPS: [&str; 12] = [
    "  - wait: 1h",
    "  - wait: 15m",
    "  - wait until: { from: \"09:00\", to: \"18:00\", on: weekdays }",
    "  - wait for: { event: Product Viewed, at most: 6h }\n    else: exit",
    "  - wait for: { when: size(cart.items) == 0, at most: 12h }",
    "  - if: count(\"Product Viewed\", 7d) > 4\n    then:\n      - wait: 10m",
    "  - set:\n      step_NAME: count(\"Product Viewed\", 7d)",
    "  - repeat: { at most: 2 }\n    steps:\n      - wait: 30m",
    "  - emit: Exit Intent\n    with: { visible_secs: 7 }",
    "  - offer: code\n    percent: 10\n    lasts: 2d",
    "  - send: letter\n    by: email\n    template: cart-reminder\n    variants: { plain: 50%, loud: 50% }",
    "  - send: note\n    by: [viber, sms]\n    template: drawn\n    next: { after: 1h, unless: delivered }",
];

const EXITS: [&str; 4] = [
    "",
    "exit:\n  - on: Order Completed\n",
    "exit:\n  - when: count(\"Order Completed\", 1d) > 0\n",
    "exit:\n  - on: Product Removed\n    where: event.quantity > 1\n",
];

/// What is sent on messengers.
const TEMPLATE: [(&str, &str); 3] = [
    ("templates/drawn/viber.en.txt", "Still there?"),
    ("templates/drawn/sms.en.txt", "Still there?"),
    ("templates/drawn/sample.json", "{}"),
];

/// What may be chosen from.
pub struct Choice {
    shipped: &'static Definitions,
    drawn: Definitions,
    faulty: Definitions,
}

impl Choice {
    pub fn read() -> Self {
        let mut rng = Rng::with_seed(1);
        let mut files: Vec<(String, String)> = (0..DRAWN).map(|number| drawn(&mut rng, number)).collect();
        files.extend((0..FAULTY).map(|number| faulty::file(&mut rng, number)));
        let mut added: Vec<(&str, &str)> = files
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect();
        added.extend(TEMPLATE);
        let steps: String = (0..DRAWN)
            .map(|number| format!(", {SET_BY_STEPS}{number}: number"))
            .collect();
        let traits = (
            "workspace.yaml",
            "viber_id: text",
            &*format!("viber_id: text, plan: text, odd: number, odd_day: text, step_odd: number{steps}"),
        );
        let written = definitions::edited(&[traits], &added).unwrap_or_else(|error| panic!("{error}"));
        let named = |prefix: &str| {
            let mut named = written.clone();
            named
                .campaigns
                .retain(|campaign| campaign.name.as_str().starts_with(prefix));
            named
        };
        let (drawn, faulty) = (named("drawn-"), named(FAULTY_NAME));
        assert_eq!((drawn.campaigns.len(), faulty.campaigns.len()), (DRAWN, FAULTY));
        let shipped = definitions::shipped().unwrap_or_else(|error| panic!("{error}"));
        Self { shipped, drawn, faulty }
    }

    /// One of them alone.
    pub fn only(&self, name: &str) -> Rules {
        let campaigns = self
            .drawn
            .campaigns
            .iter()
            .filter(|campaign| campaign.name.as_str() == name);
        let workspace = self.drawn.workspace.clone();
        Rules::new(1, workspace, campaigns.map(|campaign| (campaign.clone(), false)))
    }

    /// A random handful, in half of the cases without caps, so that more is sent.
    pub fn rules(&self, rng: &mut Rng) -> Rules {
        let (workspace, chosen) = self.chosen(rng);
        Rules::new(1, workspace, chosen)
    }

    /// A random handful, and the same with faulty campaigns among them.
    pub fn rules_with_and_without_faulty(&self, rng: &mut Rng) -> (Rules, Rules) {
        let (workspace, chosen) = self.chosen(rng);
        let mut with = chosen.clone();
        for campaign in &self.faulty.campaigns {
            if rng.u8(0..4) == 0 {
                with.insert(rng.usize(0..=with.len()), (campaign.clone(), false));
            }
        }
        (Rules::new(1, workspace.clone(), with), Rules::new(1, workspace, chosen))
    }

    fn chosen(&self, rng: &mut Rng) -> (Workspace, Vec<(Campaign, bool)>) {
        let mut workspace = self.shipped.workspace.clone();
        if rng.bool() {
            workspace.caps.clear();
        }
        let share = rng.u8(10..60);
        let mut chosen: Vec<(Campaign, bool)> = Vec::new();
        for campaign in self.shipped.campaigns.iter().chain(&self.drawn.campaigns) {
            if rng.u8(0..100) < share {
                chosen.push((campaign.clone(), rng.u8(0..20) == 0));
            }
        }
        (workspace, chosen)
    }
}

fn drawn(rng: &mut Rng, number: usize) -> (String, String) {
    let name = format!("drawn-{number}");
    let entrance = ENTRANCES[number % ENTRANCES.len()];
    let exit = rng.choice(EXITS).expect("there are some");
    let mut steps = String::new();
    let many = rng.usize(1..6);
    for step in rng.choose_multiple(STEPS, many) {
        steps.push_str(&step.replace("NAME", &number.to_string()));
        steps.push('\n');
    }
    // Nothing may wait for nothing.
    steps.push_str("  - send: last\n    by: email\n    template: cart-reminder\n");
    let holdout = if rng.u8(0..4) == 0 { "holdout: 20%\n" } else { "" };
    let text = format!(
        "campaign: {name}\nabout: Drawn.\narchetype: routine\npurpose: marketing\ntopic: offers\nenter:\n{entrance}\n\
         {exit}goal: {{ on: Order Completed, within: 3d, value: event.total }}\n{holdout}steps:\n{steps}"
    );
    (format!("{name}.yaml"), text)
}
