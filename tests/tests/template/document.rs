//! The template as a document. Tags are dropped, so `!Ref Table`, `!GetAtt Table.Arn` and
//! `!Sub "${Table.Arn}/index/due"` are the texts that they stand before.

use serde_json::Value;
use std::path::{Path, PathBuf};

/// The project's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests lie in the project")
        .to_owned()
}

/// The template.
pub struct Template(Value);

impl Template {
    pub fn read() -> Self {
        let path = root().join("infra/template.yaml");
        let text = std::fs::read_to_string(&path).expect("the template is there");
        Self(serde_saphyr::from_str(&text).expect("the template is YAML"))
    }

    /// The properties of a resource.
    pub fn properties(&self, resource: &str) -> &Value {
        let found = &self.0["Resources"][resource]["Properties"];
        assert!(
            found.is_object(),
            "the template has a resource `{resource}` with properties"
        );
        found
    }

    /// The properties of a function, by the name that the code gives it.
    pub fn function(&self, name: &str) -> &Value {
        self.properties(&format!("{}Function", logical(name)))
    }

    /// The properties that functions share.
    pub fn of_all_functions(&self) -> &Value {
        &self.0["Globals"]["Function"]
    }

    /// Names of the resources of this type.
    pub fn of_type(&self, of: &str) -> Vec<&str> {
        let resources = self.0["Resources"].as_object().expect("there are resources");
        resources
            .iter()
            .filter(|(_, resource)| resource["Type"] == of)
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// A resource as it is written, its type included.
    pub fn resource(&self, name: &str) -> &Value {
        &self.0["Resources"][name]
    }

    /// What a role allows.
    pub fn statements(&self, role: &str) -> Vec<Statement> {
        let policies = self.properties(role)["Policies"]
            .as_array()
            .expect("a role has its policies inside");
        policies
            .iter()
            .flat_map(|policy| list(&policy["PolicyDocument"]["Statement"]))
            .map(Statement::read)
            .collect()
    }
}

/// `ingest` → `Ingest`: what the function's resources start with.
pub fn logical(function: &str) -> String {
    let (first, rest) = function.split_at(1);
    first.to_uppercase() + rest
}

/// What one statement of a policy allows.
#[derive(Debug)]
pub struct Statement {
    pub sid: String,
    pub actions: Vec<String>,
    pub resources: Vec<String>,
    /// Everything but these, where no resource is named.
    pub not_resources: Vec<String>,
    /// The partition keys that it is limited to (`P#*`), where it is.
    pub leading_keys: Vec<String>,
}

impl Statement {
    fn read(statement: &Value) -> Self {
        assert_eq!(statement["Effect"], "Allow", "{statement}");
        let condition = &statement["Condition"];
        let leading = ["ForAllValues:StringLike", "ForAllValues:StringEquals"]
            .map(|operator| texts(&condition[operator]["dynamodb:LeadingKeys"]));
        Self {
            sid: statement["Sid"]
                .as_str()
                .expect("a statement says what it is for")
                .to_owned(),
            actions: texts(&statement["Action"]),
            resources: texts(&statement["Resource"]),
            not_resources: texts(&statement["NotResource"]),
            leading_keys: leading.concat(),
        }
    }
}

/// One thing or a list of things, as a list.
fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values.iter().collect(),
        one => vec![one],
    }
}

/// One text or a list of texts, as a list.
pub fn texts(value: &Value) -> Vec<String> {
    list(value)
        .iter()
        .map(|text| text.as_str().expect("it is a text").to_owned())
        .collect()
}
