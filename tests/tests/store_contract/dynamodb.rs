//! DynamoDB in this process: dynoxide behind its HTTP server, the real SDK client in front of it.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType,
};
use beckon_shared::aws::Aws;
use beckon_shared::store::{DynamoStore, keys};
use beckon_shared::wiring::{DEFAULT_TABLE, DUE_INDEX};

/// A table of its own for a test; its server ends with it.
pub struct Table {
    pub store: DynamoStore,
    pub client: Client,
    server: tokio::task::JoinHandle<()>,
}

impl Table {
    /// An empty table.
    pub async fn start() -> Self {
        let database = dynoxide::Database::memory().expect("a database opens");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let server = tokio::spawn(dynoxide::server::serve_on(listener, database));
        let aws = Aws::from_variables(|name| match name {
            "AWS_ENDPOINT_URL_DYNAMODB" | "AWS_ENDPOINT_URL" => Some(url.clone()),
            "AWS_REGION" => Some("eu-central-1".to_owned()),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("local".to_owned()),
            _ => None,
        })
        .expect("everything is set");
        let client = aws.dynamodb();
        create(&client).await;
        Self {
            store: DynamoStore::new(client.clone(), DEFAULT_TABLE),
            client,
            server,
        }
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn create(client: &Client) {
    let mut request = client
        .create_table()
        .table_name(DEFAULT_TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .set_key_schema(Some(schema(keys::PK, keys::SK)))
        .global_secondary_indexes(
            GlobalSecondaryIndex::builder()
                .index_name(DUE_INDEX)
                .set_key_schema(Some(schema(keys::DUE_PK, keys::DUE_SK)))
                .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
                .build()
                .expect("it is complete"),
        );
    for name in [keys::PK, keys::SK, keys::DUE_PK, keys::DUE_SK] {
        request = request.attribute_definitions(
            AttributeDefinition::builder()
                .attribute_name(name)
                .attribute_type(ScalarAttributeType::S)
                .build()
                .expect("it is complete"),
        );
    }
    request.send().await.expect("the table is made");
}

fn schema(hash: &str, range: &str) -> Vec<KeySchemaElement> {
    [(hash, KeyType::Hash), (range, KeyType::Range)]
        .into_iter()
        .map(|(name, kind)| {
            KeySchemaElement::builder()
                .attribute_name(name)
                .key_type(kind)
                .build()
                .expect("it is complete")
        })
        .collect()
}
