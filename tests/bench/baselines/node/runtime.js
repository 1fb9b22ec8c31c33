// The least that a Lambda runtime does: asks for an invocation, calls the handler, posts its answer, over one connection.

const http = require('node:http');
const { handler } = require('./ingest.js');

const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(/[:/]/);
const folder = process.env.AWS_LAMBDA_RUNTIME_API.split('/').slice(1).map((part) => `/${part}`).join('');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

const call = (method, path, body) =>
  new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const request = http.request(
      { agent, hostname, port, method, path: `${folder}/2018-06-01/runtime/invocation/${path}`, headers },
      (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(parts) }));
      },
    );
    request.on('error', reject);
    request.end(body);
  });

const serve = async () => {
  for (;;) {
    const { headers, body } = await call('GET', 'next');
    const id = headers['lambda-runtime-aws-request-id'];
    try {
      const answer = await handler(JSON.parse(body.toString()));
      await call('POST', `${id}/response`, JSON.stringify(answer));
    } catch (error) {
      await call('POST', `${id}/error`, JSON.stringify({ errorType: error.name, errorMessage: error.message }));
    }
  }
};

serve();
