//! Read and write units an event, as DynamoDB accounts for them (here: as dynoxide does, by the
//! documented rules). The real handlers over the real client; records go from one to the other
//! as the stream would carry them.

use crate::Outcome;
use crate::report::Figure;
use crate::setting::{Setting, progress};
use crate::workload::{self, Shipped};
use beckon_shared::domain::time::Span;
use beckon_shared::ports::Clock;
use beckon_shared::store::capacity::{Access, Part};
use std::collections::BTreeMap;

mod bundle;
mod life;
use bundle::Bundle;

const SECTION: &str = "capacity units an accepted event (20 campaigns in force, profiles with 3 KB of traits)";
/// Events of one visit.
const VISIT: usize = 10;
/// Time from one event to the next, over all profiles: ten a second.
const PACE: Span = Span::from_millis(100);

/// Measures.
pub async fn measure(setting: &Setting) -> Outcome<Vec<Figure>> {
    progress("capacity: units by part of the table");
    let shipped = Shipped::read(setting)?;
    let profiles = setting.times(50, 10);
    let mut figures = Vec::new();
    for (listening, products) in [(0, 1), (1, 1), (3, 1), (1, 5), (3, 5)] {
        figures.extend(single(&shipped, profiles, listening, products).await?);
    }
    for listening in [0, 1, 3] {
        figures.extend(batches(&shipped, profiles, listening).await?);
    }
    Ok(figures)
}

/// A visit to a shop, an event a request: so many products are put into the cart, again and again.
async fn single(shipped: &Shipped, profiles: usize, listening: usize, products: usize) -> Outcome<Vec<Figure>> {
    let event = if listening == 0 {
        workload::UNHEARD_EVENT
    } else {
        workload::EVENT
    };
    let bundle = Bundle::start(shipped, &shipped.campaigns(listening, event), profiles).await?;
    let mut first = Spent::default();
    let mut further = Spent::default();
    for turn in 0..VISIT {
        for number in 0..profiles {
            let properties = workload::product_added(&format!("cart-{number}"), turn % products);
            let user = workload::profile_id(number)?;
            let message = format!("5c1e0b7e-6a54-4c0e-9d9b-{number:06}{turn:06}");
            let call = workload::call(user.as_str(), &message, event, &properties, bundle.clock.now());
            let spent = bundle.post("/v1/track", &call).await?;
            if turn == 0 {
                first.add(spent, 1)
            } else {
                further.add(spent, 1)
            }
        }
    }
    let mut all = first.clone();
    all.join(&further);
    let name = match (listening, products) {
        (0, _) => "single events, none of 20 listens".to_owned(),
        (_, 1) => format!("single events, {listening} of 20 listen, 1 product in the cart"),
        _ => format!("single events, {listening} of 20 listen, {products} products in the cart"),
    };
    let mut figures = vec![
        Figure::new(
            SECTION,
            format!("{name}: inbox"),
            all.each(Part::Inbox, Access::Write),
            "WCU",
        )
        .at_most(1.0),
        Figure::new(
            SECTION,
            format!("{name}: state"),
            all.each(Part::State, Access::Write),
            "WCU",
        )
        .at_most(1.0)
        .note(format!(
            "in all {:.2}: {all}; the first of a visit: {first}",
            all.total(Access::Write)
        ))
        .note(bundle.state_size(0).await?),
    ];
    if (listening, products) == (1, 1) {
        figures.push(
            Figure::new(
                SECTION,
                "read an event, warm, at ten events a second an instance",
                further.total(Access::Read),
                "RCU",
            )
            .at_most(0.1)
            .note(format!(
                "{}; the first event of a profile that the instance has not met: {:.2}",
                further.told(Access::Read),
                first.total(Access::Read)
            )),
        );
        figures.extend(life::measure(&bundle, profiles).await?);
    }
    bundle.stack.stop().await?;
    Ok(figures)
}

/// Ten small events of one profile in a request.
async fn batches(shipped: &Shipped, profiles: usize, listening: usize) -> Outcome<Vec<Figure>> {
    let event = if listening == 0 {
        workload::UNHEARD_EVENT
    } else {
        workload::SMALL_EVENT
    };
    let bundle = Bundle::start(shipped, &shipped.campaigns(listening, event), profiles).await?;
    let (mut first, mut all) = (Spent::default(), Spent::default());
    for turn in 0..VISIT {
        for number in 0..profiles {
            let user = workload::profile_id(number)?;
            let calls: Vec<String> = (0..10)
                .map(|place| {
                    workload::small_call(
                        user.as_str(),
                        (turn * profiles + number) * 10 + place,
                        bundle.clock.now(),
                    )
                })
                .collect();
            let spent = bundle.post("/v1/batch", &workload::batch(&calls)).await?;
            if turn == 0 {
                first.add(spent.clone(), 10);
            }
            all.add(spent, 10);
        }
    }
    let name = format!("ten small events a request, {listening} of 20 listen");
    let (size, item_bytes) = (bundle.state_size(0).await?, bundle.item_bytes.get());
    bundle.stack.stop().await?;
    Ok(vec![
        Figure::new(SECTION, format!("{name}: in all"), all.total(Access::Write), "WCU")
            .at_most(0.3)
            .note(format!("{all}; the first request of a visit: {first}"))
            .note(format!("the inbox item is {item_bytes} bytes; {size}")),
    ])
}

/// What some events consumed.
#[derive(Debug, Clone, Default)]
struct Spent {
    units: BTreeMap<(Part, Access), f64>,
    events: f64,
}

impl Spent {
    fn add(&mut self, units: BTreeMap<(Part, Access), f64>, events: u32) {
        self.join(&Self {
            units,
            events: events.into(),
        });
    }

    fn join(&mut self, other: &Self) {
        for (place, units) in &other.units {
            *self.units.entry(*place).or_default() += units;
        }
        self.events += other.events;
    }

    fn each(&self, part: Part, access: Access) -> f64 {
        self.units.get(&(part, access)).copied().unwrap_or_default() / self.events
    }

    fn total(&self, access: Access) -> f64 {
        self.units
            .iter()
            .filter(|((_, known), _)| *known == access)
            .map(|(_, units)| units)
            .sum::<f64>()
            / self.events
    }

    fn told(&self, access: Access) -> String {
        let parts = self.units.keys().filter(|(_, known)| *known == access);
        let parts: Vec<String> = parts
            .map(|(part, _)| format!("{} {:.2}", format!("{part:?}").to_lowercase(), self.each(*part, access)))
            .collect();
        if parts.is_empty() {
            "nothing".to_owned()
        } else {
            parts.join(", ")
        }
    }
}

impl std::fmt::Display for Spent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.told(Access::Write))
    }
}
