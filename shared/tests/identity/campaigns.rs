//! The campaigns that people of these tests meet.

use beckon_shared::domain::campaign::{
    Again, Campaign, Channel, Enter, Existing, Exit, ListRule, Meanwhile, Policy, Purpose, Send, Step, Wait, Workspace,
};
use beckon_shared::domain::condition::{Comparison, Expr, Function, Literal, Var};
use beckon_shared::domain::id::{CampaignName, Version};
use beckon_shared::domain::rules::Rules;
use beckon_shared::domain::time::Span;
use std::collections::BTreeMap;

/// An hour after the last thing done with a cart that is not empty: a mail. The first campaign starts
/// over with every trigger, the second goes on from the first one.
pub fn rules(both: bool) -> Rules {
    let cart_is = |how| {
        let size = Expr::Call(Function::Size, vec![Expr::Items("cart".to_owned())]);
        Expr::Compare(how, Box::new(size), Box::new(Expr::Literal(Literal::Int(0))))
    };
    let restarts = Campaign {
        name: CampaignName::from("abandoned-cart"),
        version: Version::from("v1"),
        about: String::new(),
        archetype: None,
        purpose: Purpose::Marketing,
        topic: "reminders".to_owned(),
        enter: vec![Enter {
            on: vec!["Product Added".to_owned()],
            traits: Vec::new(),
            sequence: None,
            watch: None,
            without: None,
            each: None,
            condition: Some(cart_is(Comparison::Greater)),
            key: Some(Expr::Field(Box::new(Expr::Var(Var::Event)), "cart_id".to_owned())),
            again: Again::Never,
            meanwhile: Meanwhile::Restart,
            existing: Existing::default(),
        }],
        exit: vec![
            Exit {
                on: Some("Order Completed".to_owned()),
                condition: None,
            },
            Exit {
                on: None,
                condition: Some(cart_is(Comparison::Equal)),
            },
        ],
        goal: None,
        holdout_bp: 0,
        steps: vec![
            Step::Wait(Wait::For(Span::from_hours(1))),
            Step::Send(Box::new(Send {
                name: "reminder".to_owned(),
                by: vec![Channel::Email],
                cascade: None,
                template: "cart-reminder".to_owned(),
                condition: None,
                priority: 70,
                expires: None,
                purpose: None,
                topic: None,
                policy: Policy::AtMostOnce,
                variants: Vec::new(),
            })),
        ],
        keeps: Vec::new(),
        keeps_of_item: Vec::new(),
        shows_traits: Vec::new(),
        shows_lists: Vec::new(),
        shows: BTreeMap::new(),
    };
    let mut ignores = restarts.clone();
    ignores.name = CampaignName::from("first-touch");
    ignores.enter[0].meanwhile = Meanwhile::Ignore;
    ignores.enter[0].again = Again::Always;
    let cart = ListRule {
        key: Some("cart_id".to_owned()),
        by: "product_id".to_owned(),
        put: vec!["Product Added".to_owned()],
        drop: vec!["Product Removed".to_owned()],
        replace: Vec::new(),
        clear: vec!["Order Completed".to_owned()],
        keep: vec!["number".to_owned(), "name".to_owned()],
    };
    let workspace = Workspace {
        version: Version::from("w1"),
        time_zone: "UTC".to_owned(),
        lists: BTreeMap::from([("cart".to_owned(), cart)]),
        late_after: Span::from_days(1),
        ..Workspace::default()
    };
    let campaigns = if both { vec![restarts, ignores] } else { vec![restarts] };
    Rules::new(1, workspace, campaigns.into_iter().map(|campaign| (campaign, false)))
}
