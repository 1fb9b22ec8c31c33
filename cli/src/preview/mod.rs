//! `beckon preview`: what every template says, as pages for a browser.

mod message;

use crate::problem::{Problem, plural};
use crate::{campaigns, sample};
use beckon_shared::authoring::definitions::Definitions;
use beckon_shared::template::{RenderRequest, Renderer, Template};
use clap::Args;
use message::Message;
use minijinja::value::Serde;
use minijinja::{Environment, context};
use serde::Serialize;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const INDEX: &str = "index.html";
const TEMPLATE: &str = "template.html";

const HELP: &str = "\
Renders every template of the folder with its sample.json, in every language and for every channel
that it speaks to, and writes pages that a browser shows without a server: emails at the width of a
phone and of a desktop beside their text part, text messages with their segments, notifications,
messages on the page, and what services are sent. Nothing is sent; names, prices and links are the
sample's.";

const EXAMPLES: &str = "\
Examples:
  beckon preview campaigns
  beckon preview campaigns --only cart-reminder --out /tmp/cart && open /tmp/cart/index.html

Exit codes: 0 written; 1 the campaigns have errors, or a file cannot be written.";

/// Write what templates look like, as pages for a browser
#[derive(Debug, Args)]
#[command(long_about = HELP, after_long_help = EXAMPLES)]
pub struct Preview {
    /// Folder of the campaigns
    #[arg(value_name = "DIR", default_value = "campaigns")]
    folder: PathBuf,
    /// Folder for the pages; it is made, and what an earlier preview left there is written over
    #[arg(long, value_name = "DIR", default_value = "previews")]
    out: PathBuf,
    /// Only this template; may be said several times
    #[arg(long, value_name = "TEMPLATE")]
    only: Vec<String>,
}

/// A template's page.
#[derive(Serialize)]
struct Page<'a> {
    name: &'a str,
    service: Option<&'a str>,
    messages: Vec<Message>,
}

impl Preview {
    /// Runs it.
    pub fn run(self) -> Result<(), Problem> {
        let definitions = campaigns::sound(&self.folder, "nothing was written")?;
        let templates = campaigns::templates(&definitions, &self.only)?;
        let renderer = Renderer::new();
        let mut pages = Vec::new();
        for template in templates {
            pages.push(self.page(&definitions, template, &renderer)?);
        }
        let environment = environment()?;
        make(&self.out, |out| fs::create_dir_all(out))?;
        for page in &pages {
            self.write(&format!("{}.html", page.name), &show(&environment, TEMPLATE, page)?)?;
            for (file, html) in page.messages.iter().filter_map(Message::file) {
                self.write(file, html)?;
            }
        }
        self.write(INDEX, &show(&environment, INDEX, &context! { pages => Serde(&pages) })?)?;
        let mut out = io::stdout().lock();
        writeln!(
            out,
            "{}, {}: {}",
            plural(pages.len(), "template"),
            plural(pages.iter().map(|page| page.messages.len()).sum(), "message"),
            self.out.join(INDEX).display()
        )?;
        out.flush()?;
        Ok(())
    }

    fn page<'t>(
        &self,
        definitions: &Definitions,
        template: &'t Template,
        renderer: &Renderer,
    ) -> Result<Page<'t>, Problem> {
        let context = sample::of(&self.folder, &template.name)?;
        let mut messages = Vec::new();
        for (channel, parts) in &template.parts {
            for locale in parts.keys() {
                let content = renderer.render(&RenderRequest {
                    template,
                    channel: *channel,
                    locale,
                    fallback: locale,
                    context: &context,
                    senders: &definitions.workspace.senders,
                });
                let content = content.map_err(|error| Problem::Argument(error.to_string()))?;
                messages.push(Message::of(&template.name, *channel, locale, content));
            }
        }
        Ok(Page {
            name: &template.name,
            service: template.service.as_deref(),
            messages,
        })
    }

    fn write(&self, file: &str, text: &str) -> Result<(), Problem> {
        make(&self.out.join(file), |path| fs::write(path, text))
    }
}

fn make(path: &Path, how: impl Fn(&Path) -> io::Result<()>) -> Result<(), Problem> {
    how(path).map_err(|error| Problem::NotWritten {
        file: path.display().to_string(),
        error,
    })
}

/// The pages' own templates. Whatever is put into them is escaped.
fn environment() -> Result<Environment<'static>, Problem> {
    let mut environment = Environment::new();
    for (name, source) in [
        ("look.css", include_str!("look.css")),
        (INDEX, include_str!("index.html")),
        (TEMPLATE, include_str!("template.html")),
    ] {
        environment.add_template(name, source).map_err(unshowable)?;
    }
    Ok(environment)
}

fn show(environment: &Environment<'_>, name: &str, what: &impl Serialize) -> Result<String, Problem> {
    let page = environment.get_template(name).map_err(unshowable)?;
    page.render(Serde(what)).map_err(unshowable)
}

/// The pages are ours, so this is nobody's mistake but ours.
#[allow(clippy::needless_pass_by_value)]
fn unshowable(error: minijinja::Error) -> Problem {
    Problem::Argument(format!("the page cannot be made: {error}; this is a fault in Beckon"))
}
