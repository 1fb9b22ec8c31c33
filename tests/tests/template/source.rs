//! What the sources call, read from their syntax. Tests inside them are left out.

use crate::document::root;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};
use syn::{
    Attribute, Expr, ExprMethodCall, ExprPath, FnArg, ImplItemFn, ItemFn, ItemImpl, ItemMod, Member, Path as SynPath,
    Signature,
};

/// Ports by name, with their methods and how many arguments each takes beside `self`.
pub type Ports = BTreeMap<String, BTreeMap<String, usize>>;

/// A function or method and what it calls.
#[derive(Debug, Default, Clone)]
pub struct Body {
    /// The file's name without `.rs`; the folder's for `mod.rs`.
    pub file: String,
    /// The trait, where it is a method of an implementation of one.
    pub of_trait: Option<String>,
    pub name: String,
    /// How many arguments it takes beside `self`.
    pub arguments: usize,
    /// Methods called on `self`.
    pub own: BTreeSet<String>,
    /// Operations begun on an AWS client: `self.client.put_item()`.
    pub operations: BTreeSet<String>,
    /// Requests sent: `.send()` without arguments. As many as there are operations.
    pub sent: usize,
    /// Methods called on anything, with the number of arguments.
    pub methods: BTreeSet<(String, usize)>,
    /// Paths used, by their last two parts: `("keys", "message")`, `("", "refused")`.
    pub paths: BTreeSet<(String, String)>,
}

/// The bodies of all functions in the Rust files of a folder, or in one file.
pub fn bodies(of: &str) -> Vec<Body> {
    let mut found = Vec::new();
    for path in files(&root().join(of)) {
        let syntax = parse(&path);
        let mut reader = Reader {
            file: stem(&path),
            of_trait: None,
            open: Vec::new(),
            found: Vec::new(),
        };
        reader.visit_file(&syntax);
        found.extend(reader.found);
    }
    found
}

/// The method and every function of its folder that it calls, however indirectly.
pub fn reachable<'a>(from: &'a Body, bodies: &'a [Body]) -> Vec<&'a Body> {
    let mut reached = vec![from];
    let mut at = 0;
    while let Some(body) = reached.get(at).copied() {
        at += 1;
        let called = bodies.iter().filter(|other| other.of_trait.is_none()).filter(|other| {
            body.own.contains(&other.name)
                || body.paths.contains(&(other.file.clone(), other.name.clone()))
                || (body.file == other.file && body.paths.contains(&(String::new(), other.name.clone())))
        });
        for other in called {
            if !reached.iter().any(|known| std::ptr::eq(*known, other)) {
                reached.push(other);
            }
        }
    }
    reached
}

/// Every name that the sources under `of` mention.
pub fn names(of: &str) -> BTreeSet<String> {
    #[derive(Default)]
    struct Names(BTreeSet<String>);
    impl<'ast> Visit<'ast> for Names {
        fn visit_ident(&mut self, ident: &'ast syn::Ident) {
            self.0.insert(ident.to_string());
        }
    }
    let mut names = Names::default();
    for path in files(&root().join(of)) {
        names.visit_file(&parse(&path));
    }
    names.0
}

/// The traits declared under `of`, with their methods and how many arguments each takes beside `self`.
pub fn traits(of: &str) -> Ports {
    let mut found = BTreeMap::new();
    for path in files(&root().join(of)) {
        for item in parse(&path).items {
            let syn::Item::Trait(declared) = item else { continue };
            let methods = declared.items.iter().filter_map(|item| match item {
                syn::TraitItem::Fn(method) => Some((method.sig.ident.to_string(), arguments(&method.sig))),
                _ => None,
            });
            found.insert(declared.ident.to_string(), methods.collect());
        }
    }
    found
}

/// The Rust files at or below a place, without modules that are only there for tests.
fn files(at: &Path) -> Vec<PathBuf> {
    if at.is_file() {
        return vec![at.to_owned()];
    }
    let entries = std::fs::read_dir(at).unwrap_or_else(|error| panic!("{}: {error}", at.display()));
    let mut entries: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry is readable").path())
        .collect();
    entries.retain(|path| path.is_dir() || path.extension().is_some_and(|extension| extension == "rs"));
    entries.sort();
    let only_for_tests: Vec<String> = entries
        .iter()
        .filter(|path| path.is_file())
        .flat_map(|path| test_modules(path))
        .collect();
    entries.retain(|path| !only_for_tests.contains(&stem(path)));
    entries.iter().flat_map(|path| files(path)).collect()
}

/// The modules that a file declares as being there for tests only.
fn test_modules(path: &Path) -> Vec<String> {
    let items = parse(path).items.into_iter().filter_map(|item| match item {
        syn::Item::Mod(module) if module.content.is_none() && is_test(&module.attrs) => Some(module.ident.to_string()),
        _ => None,
    });
    items.collect()
}

fn parse(path: &Path) -> syn::File {
    let text = std::fs::read_to_string(path).expect("a source is readable");
    syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn stem(path: &Path) -> String {
    let named = match path.file_stem() {
        Some(stem) if stem == "mod" => path.parent().and_then(Path::file_name),
        stem => stem,
    };
    named
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

struct Reader {
    file: String,
    of_trait: Option<String>,
    /// The function being read; inside it, functions of its own.
    open: Vec<Body>,
    found: Vec<Body>,
}

impl Reader {
    fn begin(&mut self, signature: &Signature) {
        self.open.push(Body {
            file: self.file.clone(),
            of_trait: self.of_trait.clone(),
            name: signature.ident.to_string(),
            arguments: arguments(signature),
            ..Body::default()
        });
    }

    fn end(&mut self) {
        self.found.extend(self.open.pop());
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !is_test(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_impl(&mut self, block: &'ast ItemImpl) {
        self.of_trait = block.trait_.as_ref().map(|(_, path, _)| last_two(path).1);
        visit::visit_item_impl(self, block);
        self.of_trait = None;
    }

    fn visit_impl_item_fn(&mut self, method: &'ast ImplItemFn) {
        self.begin(&method.sig);
        visit::visit_impl_item_fn(self, method);
        self.end();
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        if is_test(&function.attrs) {
            return;
        }
        self.begin(&function.sig);
        visit::visit_item_fn(self, function);
        self.end();
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if let Some(body) = self.open.last_mut() {
            let name = call.method.to_string();
            if is_field(&call.receiver, "client") && call.args.is_empty() {
                body.operations.insert(name.clone());
            }
            if is_self(&call.receiver) {
                body.own.insert(name.clone());
            }
            if name == "send" && call.args.is_empty() {
                body.sent += 1;
            }
            body.methods.insert((name, call.args.len()));
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        if let Some(body) = self.open.last_mut() {
            body.paths.insert(last_two(&path.path));
        }
        visit::visit_expr_path(self, path);
    }
}

fn arguments(signature: &Signature) -> usize {
    signature
        .inputs
        .iter()
        .filter(|input| matches!(input, FnArg::Typed(_)))
        .count()
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || (attribute.path().is_ident("cfg")
                && attribute
                    .parse_args::<SynPath>()
                    .is_ok_and(|condition| condition.is_ident("test")))
    })
}

fn is_self(expression: &Expr) -> bool {
    matches!(expression, Expr::Path(path) if path.path.is_ident("self"))
}

fn is_field(expression: &Expr, name: &str) -> bool {
    matches!(expression, Expr::Field(field) if matches!(&field.member, Member::Named(field) if field == name))
}

fn last_two(path: &SynPath) -> (String, String) {
    let mut parts = path.segments.iter().rev().map(|segment| segment.ident.to_string());
    let last = parts.next().unwrap_or_default();
    (parts.next().unwrap_or_default(), last)
}
