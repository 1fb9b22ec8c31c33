// What ingest does with one message, as one would write it for Lambda's Node runtime: check the key, read the message,
// put it unless it is there.

const { createHash } = require('node:crypto');
const { DynamoDBClient, PutItemCommand } = require('@aws-sdk/client-dynamodb');

const client = new DynamoDBClient({});
const table = process.env.BECKON_TABLE;
const keys = new Map(
  process.env.BECKON_WRITE_KEYS.split(',').map((entry) => {
    const [source, digest] = entry.split(':');
    return [digest, source];
  }),
);
const RETENTION_SECS = 90 * 24 * 3600;

const answer = (statusCode, body) => ({
  statusCode,
  headers: { 'content-type': 'application/json', 'access-control-allow-origin': '*' },
  body: JSON.stringify(body),
});

const refuse = (field, reason) => answer(400, { success: false, field, reason });

const text = (value) => typeof value === 'string' && value.length > 0;

exports.handler = async (event) => {
  const body = event.isBase64Encoded ? Buffer.from(event.body, 'base64').toString() : event.body;
  let message;
  try {
    message = JSON.parse(body);
  } catch (error) {
    return refuse('body', error.message);
  }
  const [, credentials = ''] = (event.headers.authorization ?? '').split(' ');
  const [key] = Buffer.from(credentials, 'base64').toString().split(':');
  const source = keys.get(createHash('sha256').update(key).digest('hex'));
  if (!source) return answer(401, { success: false, reason: 'the write key is not known' });
  if (!text(message.userId) && !text(message.anonymousId)) return refuse('userId', 'is missing');
  if (!text(message.event)) return refuse('event', 'is missing');
  const at = Date.parse(message.timestamp);
  if (Number.isNaN(at)) return refuse('timestamp', 'is not a time');

  const now = Date.now();
  const profile = message.userId ?? `anon:${message.anonymousId}`;
  const input = { i: message.messageId, k: 'track', n: message.event, t: at, s: source, p: message.properties ?? {} };
  let duplicates = 0;
  try {
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: {
          PK: { S: `P#${profile}` },
          SK: { S: `E#${String(at).padStart(15, '0')}#${message.messageId}` },
          body: { S: JSON.stringify([{ event: input }]) },
          received: { N: String(now) },
          ttl: { N: String(Math.floor(now / 1000) + RETENTION_SECS) },
        },
        ConditionExpression: 'attribute_not_exists(#pk)',
        ExpressionAttributeNames: { '#pk': 'PK' },
      }),
    );
  } catch (error) {
    if (error.name !== 'ConditionalCheckFailedException') throw error;
    duplicates = 1;
  }
  console.log(JSON.stringify({ level: 'INFO', message: 'events were taken', accepted: 1, repeats: duplicates }));
  return answer(200, { success: true });
};
