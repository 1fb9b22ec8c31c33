// A shopper as a web shop's server tells of one, through Segment's own client for Node.
//   node shop.js HOST WRITE_KEY USER ADDRESS CART [ordered]
import { Analytics } from "@segment/analytics-node";

const [host, writeKey, userId, email, cart, ordered] = process.argv.slice(2);
const analytics = new Analytics({ writeKey, host, flushAt: 20, maxRetries: 2 });

const failures = [];
analytics.on("error", (error) => failures.push(error));
const answers = [];
analytics.on("http_request", ({ url, body }) => answers.push({ url, messages: JSON.parse(body).batch.length }));

analytics.identify({ userId, traits: { email, first_name: "Nora" } });
analytics.track({
  userId,
  event: "Product Added",
  properties: { cart_id: cart, product_id: "lamp", name: "Reading lamp", category: "home", price: 39, quantity: 1 },
});
if (ordered) {
  analytics.track({
    userId,
    event: "Order Completed",
    properties: {
      order_id: `${cart}-order`,
      cart_id: cart,
      products: [{ product_id: "lamp", name: "Reading lamp", price: 39, quantity: 1 }],
      total: 39,
    },
  });
}
await analytics.closeAndFlush({ timeout: 10_000 });

if (failures.length > 0) {
  console.error("the client reported failures:", ...failures);
  process.exit(1);
}
console.log(JSON.stringify({ requests: answers.length, messages: answers.reduce((sum, { messages }) => sum + messages, 0) }));
