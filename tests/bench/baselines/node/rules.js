// `node rules.js all|indexed CONTEST SECONDS`: lets json-rules-engine look at a contest (a JSON file) for so long, and
// prints what it told, as JSON; see tests/bench/contest, which does the same for engines in Rust.
//
// As its documentation advises for speed: a condition on the event's name of the highest priority, so that nothing else
// of a rule is looked at where it does not hold; facts that are constant and not cached; a path resolver of our own,
// which knows dots alone. `indexed`: an engine for each event's name.

const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { Engine, Fact } = require('json-rules-engine');

const ROUNDS_MAX = 1000;

const [way, file, seconds] = process.argv.slice(2);
const budget = Number(seconds) * 1e6;
const { profiles, events, rules } = JSON.parse(readFileSync(file));

const paths = new Map();
const pathResolver = (value, path) => {
  let names = paths.get(path);
  if (names === undefined) {
    names = path.split('.');
    paths.set(path, names);
  }
  let found = value;
  for (const name of names) found = found === undefined || found === null ? undefined : found[name];
  return found;
};

const engine = (some) => {
  const made = new Engine([], { pathResolver });
  for (const rule of some) made.addRule(rule);
  return made;
};

const whole = (rule, place) => ({
  conditions: { all: [{ fact: 'name', operator: 'equal', value: rule.event, priority: 10 }, rule.json] },
  event: { type: 'matched', params: { place } },
});

const choose = () => {
  if (way === 'all') {
    const one = engine(rules.map(whole));
    return () => one;
  }
  const byEvent = new Map();
  rules.forEach((rule, place) => {
    if (!byEvent.has(rule.event)) byEvent.set(rule.event, []);
    byEvent.get(rule.event).push({ conditions: rule.json, event: { type: 'matched', params: { place } } });
  });
  const engines = new Map([...byEvent].map(([event, some]) => [event, engine(some)]));
  return (event) => engines.get(event.name);
};

const engineOf = choose();

const fact = (id, value) => new Fact(id, value, { cache: false });

const matches = async (place) => {
  const event = events[place];
  const asked = engineOf(event);
  if (asked === undefined) return [];
  const facts = { event: fact('event', event.properties), profile: fact('profile', profiles[event.profile]) };
  if (way === 'all') facts.name = fact('name', event.name);
  const told = await asked.run(facts);
  return told.events.map((matched) => matched.params.place);
};

// Of all threads, in microseconds.
const processorTime = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

const contest = async () => {
  const told = { events: 0, matches: 0, digest: '', nanos: [] };
  const lines = createHash('sha256');
  let start = processorTime();
  while (told.events < events.length && (told.events === 0 || processorTime() - start < budget)) {
    const found = await matches(told.events);
    found.sort((one, other) => one - other);
    lines.update(`${told.events}:${found.join(' ')}\n`);
    told.matches += found.length;
    told.events += 1;
  }
  told.digest = lines.digest('hex');
  start = processorTime();
  while (told.nanos.length === 0 || (told.nanos.length < ROUNDS_MAX && processorTime() - start < budget)) {
    const before = processorTime();
    for (let place = 0; place < told.events; place += 1) await matches(place);
    told.nanos.push(((processorTime() - before) * 1e3) / told.events);
  }
  console.log(JSON.stringify(told));
};

contest();
