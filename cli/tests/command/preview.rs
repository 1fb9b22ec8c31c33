//! `beckon preview`.

use crate::{Scratch, done, refused, run};
use std::fs;

#[test]
fn every_template_gets_a_page() {
    let out = Scratch::empty("preview-all");
    let said = done(&run(&["preview", "campaigns", "--out", out.path()]));
    assert!(said.ends_with(&format!(": {}/index.html\n", out.path())), "{said}");
    let index = fs::read_to_string(format!("{}/index.html", out.path())).expect("an index");
    let templates = fs::read_dir(crate::root().join("campaigns/templates")).expect("a folder");
    let mut pages = 0;
    for template in templates {
        let name = template.expect("an entry").file_name().into_string().expect("text");
        if name.starts_with('_') {
            continue;
        }
        pages += 1;
        assert!(
            index.contains(&format!("\"{name}.html\"")),
            "{name} is not in the index"
        );
        let page = fs::read_to_string(format!("{}/{name}.html", out.path())).expect("a page");
        assert!(page.contains("<h2>") && !page.contains("{{"), "{name}: {page}");
    }
    assert!(said.starts_with(&format!("{pages} templates, ")), "{said}");
}

#[test]
fn a_letter_is_shown_with_its_subject_and_text_and_in_every_language() {
    let out = Scratch::empty("preview-letter");
    let said = done(&run(&[
        "preview",
        "campaigns",
        "--only",
        "cart-reminder",
        "--out",
        out.path(),
    ]));
    assert!(said.starts_with("1 template, "), "{said}");
    let page = fs::read_to_string(format!("{}/cart-reminder.html", out.path())).expect("a page");
    for language in ["en", "ru"] {
        let file = format!("cart-reminder.email.{language}.html");
        assert!(page.contains(&format!("sandbox src=\"{file}\"")), "{page}");
        let letter = fs::read_to_string(format!("{}/{file}", out.path())).expect("the letter");
        assert!(
            letter.contains("<html") && !letter.contains("<mj-") && !letter.contains("{{"),
            "{letter}"
        );
    }
    assert!(page.contains("<dt>Subject</dt>") && page.contains("Back to my cart: https:"));
}

#[test]
fn what_a_template_says_is_text_on_the_page_and_nothing_more() {
    let folder = Scratch::with_campaigns("preview-markup");
    let sample = format!("{}/templates/birthday/sample.json", folder.path());
    let text = fs::read_to_string(&sample).expect("a sample");
    let mut value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    value["profile"]["first_name"] = serde_json::json!("<script>alert(1)</script>");
    fs::write(&sample, value.to_string()).expect("it is written");
    let out = format!("{}/previews", folder.path());
    done(&run(&["preview", folder.path(), "--only", "birthday", "--out", &out]));
    for file in ["birthday.html", "index.html"] {
        let page = fs::read_to_string(format!("{out}/{file}")).expect("a page");
        assert!(!page.contains("<script>"), "{file}: {page}");
    }
}

#[test]
fn what_is_not_there_is_refused() {
    let out = Scratch::empty("preview-unknown");
    let told = refused(&run(&[
        "preview",
        "campaigns",
        "--only",
        "cart-remindr",
        "--out",
        out.path(),
    ]));
    assert!(
        told.contains("there is no template `cart-remindr`") && told.contains("`cart-reminder`"),
        "{told}"
    );
    let file = out.write("file", "");
    let told = refused(&run(&["preview", "campaigns", "--out", &file]));
    assert!(told.contains(&format!("`{file}` cannot be written: ")), "{told}");
}
