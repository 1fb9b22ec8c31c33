//! Campaigns that work for nobody: whatever they ask of a person comes to an error, wherever they ask it.

use fastrand::Rng;

/// How many there are.
pub const FAULTY: usize = 30;
/// What their names begin with.
pub const FAULTY_NAME: &str = "faulty-";

/// The trait `odd` is said to be a number, and is not. Each entrance errs, or lets in what errs later.
const ENTRANCES: [&str; 9] = [
    "  on: Product Viewed\n  where: profile.odd > 5\n  again: always",
    "  on: Product Added\n  key: string(profile.odd * 2)\n  again: always",
    "  on: Order Completed\n  each: event.products\n  key: item.product_id\n  where: item.price > profile.odd\n  again: always",
    "  when: profile.odd > 5\n  again: always",
    "  crosses: { value: profile.odd * 2, above: 30, back: 20 }\n  again: always",
    "  date: profile.odd_day\n  every: month\n  at: \"09:00\"",
    "  sequence: [{ on: Product Viewed, as: first }, { on: Product Added, where: first.price > profile.odd }]\n  within: 1d\n  again: always",
    "  on: Product Viewed\n  again: always",
    "  on: Order Completed\n  again: always",
];

const STEPS: [&str; 6] = [
    "  - wait: days(profile.odd)",
    "  - if: profile.odd > 1\n    then:\n      - wait: 10m",
    "  - wait for: { when: profile.odd > 1, at most: 6h }",
    "  - wait for: { event: Product Viewed, where: event.price > profile.odd, at most: 6h }",
    "  - set:\n      step_odd: profile.odd + 1",
    "  - repeat: { at most: 2, while: profile.odd > 1 }\n    steps:\n      - wait: 30m",
];

const EXITS: [&str; 3] = [
    "",
    "exit:\n  - when: profile.odd > 1\n",
    "exit:\n  - on: Order Completed\n    where: event.total > profile.odd\n",
];

/// A campaign's file, by name. It comes to a message, and errs there at the latest: nothing of it takes a place under
/// a cap.
pub fn file(rng: &mut Rng, number: usize) -> (String, String) {
    let entrance = ENTRANCES[number % ENTRANCES.len()];
    let exit = rng.choice(EXITS).expect("there are some");
    let many = rng.usize(1..4);
    let steps: String = rng
        .choose_multiple(STEPS, many)
        .into_iter()
        .map(|step| format!("{step}\n"))
        .collect();
    let text = format!(
        "campaign: {FAULTY_NAME}{number}\npurpose: marketing\ntopic: offers\nenter:\n{entrance}\n{exit}\
         goal: {{ on: Order Completed, where: profile.odd > 1, within: 3d, value: event.total }}\nsteps:\n{steps}  \
         - send: never\n    by: email\n    template: cart-reminder\n    when: profile.odd > 1\n"
    );
    (format!("{FAULTY_NAME}{number}.yaml"), text)
}
