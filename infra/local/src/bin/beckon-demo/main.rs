//! `make demo`: a day of a shop in one terminal, on the real bundle. It posts events over HTTP as
//! a web app would, moves the virtual clock, and prints what was decided, held back and sent.

mod door;
mod page;

use beckon_local::{LocalStack, Options, campaigns};
use beckon_shared::domain::time::Span;
use door::Door;
use page::Page;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;

/// A Sunday morning.
const MORNING: &str = "2026-03-01T09:30:00Z";

type Problem = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> ExitCode {
    match tell().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            let mut page = Page::default();
            page.problem(&problem.to_string());
            ExitCode::FAILURE
        }
    }
}

async fn tell() -> Result<(), Problem> {
    let mut page = Page::default();
    let options = Options {
        start: Some(MORNING.parse()?),
        ..Options::default()
    };
    let stack = LocalStack::start(options).await?;
    page.title("the whole bundle runs here: six functions, their table, schedules and providers");
    campaigns::apply(Path::new("campaigns"), stack.url()).await?;
    page.say(
        &stack,
        "campaigns/ checked and applied: abandoned-cart, trial-expiry, replenishment, birthday",
    );
    let result = day(&mut page, &stack).await;
    stack.stop().await?;
    result?;
    page.end();
    Ok(())
}

async fn day(page: &mut Page, stack: &LocalStack) -> Result<(), Problem> {
    let door = Door::new(stack.url());
    let mug = json!({ "product_id": "mug-blue", "name": "Blue mug", "price": 12.5, "quantity": 2 });
    let pot = json!({ "product_id": "pot-1", "name": "Teapot", "price": 39.0, "quantity": 1 });

    page.chapter("three people fill a cart");
    for (user, name, locale) in [("ann", "Ann", "en"), ("boris", "Борис", "ru"), ("cleo", "Cleo", "en")] {
        let traits = json!({ "email": format!("{user}@example.com"), "first_name": name, "locale": locale });
        door.identify(stack, user, traits).await?;
        for product in [&mug, &pot] {
            let mut properties = product.clone();
            if let Some(fields) = properties.as_object_mut() {
                fields.insert("cart_id".to_owned(), json!(format!("cart-{user}")));
            }
            door.track(stack, user, "Product Added", properties).await?;
        }
        page.said(stack, user, "adds a mug and a teapot to the cart");
    }
    page.news(stack);

    page.passes(stack, Span::from_mins(20)).await?;
    door.track(
        stack,
        "ann",
        "Product Removed",
        json!({ "cart_id": "cart-ann", "product_id": "pot-1" }),
    )
    .await?;
    door.track(
        stack,
        "ann",
        "Product Added",
        json!({ "cart_id": "cart-ann", "product_id": "tea-7", "name": "Green tea", "price": 8.0, "quantity": 1 }),
    )
    .await?;
    page.said(stack, "ann", "swaps the teapot for green tea: her hour starts over");

    page.passes(stack, Span::from_mins(20)).await?;
    door.track(
        stack,
        "cleo",
        "Order Completed",
        json!({ "order_id": "o-1", "cart_id": "cart-cleo", "total": 64.0, "products": [mug, pot] }),
    )
    .await?;
    page.said(stack, "cleo", "orders: nothing to remind her of");
    page.news(stack);

    page.passes(stack, Span::from_mins(20)).await?;
    page.note("Ann's hour is not over yet");
    page.passes(stack, Span::from_mins(20)).await?;

    page.chapter("Ann orders after all: the reminder has earned its place");
    page.passes(stack, Span::from_hours(2)).await?;
    door.track(
        stack,
        "ann",
        "Order Completed",
        json!({ "order_id": "o-2", "cart_id": "cart-ann", "total": 33.0, "products": [] }),
    )
    .await?;
    page.news(stack);

    page.chapter("Boris's mailbox does not exist any more: SES reports a bounce");
    let boris = stack
        .messages()
        .into_iter()
        .find(|message| message.profile.as_deref() == Some("boris"));
    let id = boris
        .and_then(|message| message.message)
        .ok_or("Boris got no message")?;
    door.feedback(&id, "bounce").await?;
    door.track(
        stack,
        "boris",
        "Trial Started",
        json!({ "trial_id": "t-1", "ends_at": "2026-03-04T12:00:00Z" }),
    )
    .await?;
    page.said(stack, "boris", "starts a trial until 4 March, 12:00");
    page.news(stack);
    page.passes(stack, Span::from_mins(3 * 24 * 60 + 70)).await?;
    Ok(())
}
