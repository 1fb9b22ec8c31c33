//! Invocations: one function, one event, by a warm instance; a new one where it died.

use super::functions;
use super::mapping::{Batch, Fate};
use super::{Heard, Reader, Shown, World, http};
use crate::memory::{Outcome, Record, run};
use aws_lambda_events::dynamodb::Event;
use aws_lambda_events::lambda_function_urls::{LambdaFunctionUrlRequest, LambdaFunctionUrlResponse};
use aws_lambda_events::sns::SnsEvent;
use beckon_shared::runtime::BatchAnswer;
use serde_json::Value;

impl World {
    /// Posts a JSON body to `ingest`. Nothing comes back where it died: the caller does not know
    /// whether it was taken.
    pub fn post(&mut self, path: &str, key: &str, body: &Value) -> Option<Heard> {
        self.post_text(path, key, &body.to_string())
    }

    /// The same with any text.
    pub fn post_text(&mut self, path: &str, key: &str, body: &str) -> Option<Heard> {
        self.requests += 1;
        let request = http::request(path, key, body, &format!("request-{}", self.requests));
        let now = self.now();
        self.dead.set(false);
        let ingest = &self.instance().ingest;
        let outcome = run(ingest::handle(ingest, request));
        let metrics = ingest.metrics.clone();
        self.counts.take(&metrics, now);
        if outcome == Outcome::Crashed {
            let cold = functions::ingest(&self.outside);
            self.instance_mut().ingest = cold;
        }
        self.read_stream();
        outcome.finished().map(Heard::from)
    }

    /// A page asks for what waits for its visitor, with these parameters. Nothing comes back where the function
    /// died.
    pub fn ask(&mut self, parameters: &[(&str, &str)]) -> Option<Heard> {
        self.dead.set(false);
        let outcome = run(onsite::handle(&self.instance().onsite, http::asked(parameters)));
        if outcome == Outcome::Crashed {
            let cold = functions::onsite(&self.outside);
            self.instance_mut().onsite = cold;
        }
        outcome.finished().map(Heard::from)
    }

    /// Opens or sends a page of `preferences`, as a browser or a mail program does.
    pub fn browse(&mut self, method: &str, url: &str, body: &str) -> Option<Shown> {
        let now = self.now();
        self.dead.set(false);
        let request = http::page(method, url.trim_start_matches(functions::LINKS_URL), body);
        let preferences = &self.instance().preferences;
        let outcome = run(preferences::handle(preferences, request));
        let metrics = preferences.metrics.clone();
        self.counts.take(&metrics, now);
        if outcome == Outcome::Crashed {
            let cold = functions::preferences(&self.outside);
            self.instance_mut().preferences = cold;
        }
        self.read_stream();
        outcome.finished().map(Shown::from)
    }

    /// Lets a service call `inbound`. Nothing comes back where it died.
    pub fn call_inbound(&mut self, request: LambdaFunctionUrlRequest) -> Option<LambdaFunctionUrlResponse> {
        let now = self.now();
        self.dead.set(false);
        let deps = &self.instance().inbound;
        let outcome = run(inbound::handle(deps, request));
        let metrics = deps.metrics.clone();
        self.counts.take(&metrics, now);
        if matches!(outcome, Outcome::Crashed) {
            let cold = functions::inbound(&self.outside);
            self.instance_mut().inbound = cold;
        }
        self.read_stream();
        outcome.finished()
    }

    /// Moves what is new in the stream to those who read it.
    pub fn read_stream(&mut self) {
        let now = self.now();
        for record in self.outside.store.records_from(self.written.len()) {
            self.written.push(now);
            if record.is_for_evaluate() {
                self.evaluate.push(record.clone(), now);
            }
            if record.is_for_send() {
                self.send.push(record, now);
            }
        }
    }

    /// Hands the next batch of a lane to its function. Says whether there was one.
    pub fn pump(&mut self, reader: Reader, lane: usize) -> bool {
        let Some(batch) = self.next_batch(reader, lane) else {
            return false;
        };
        let fate = self.invoke(reader, &batch.records);
        self.finish(reader, &batch, &fate);
        true
    }

    /// Hands the next batch of a lane to two instances at once, as happens when the first was
    /// taken for dead. Says whether there was one.
    pub fn pump_twice_at_once(&mut self, reader: Reader, lane: usize) -> bool {
        let Some(batch) = self.next_batch(reader, lane) else {
            return false;
        };
        self.dead.set(false);
        let (one, other) = (event(&batch.records), event(&batch.records));
        let [first, second] = &self.instances;
        let both = match reader {
            Reader::Evaluate => {
                let (first, second) = (&first.evaluate, &second.evaluate);
                run(futures::future::join(
                    evaluate::handle(first, one),
                    evaluate::handle(second, other),
                ))
            }
            Reader::Send => {
                let (first, second) = (&first.send, &second.send);
                run(futures::future::join(
                    send::handle(first, one),
                    send::handle(second, other),
                ))
            }
        };
        let fate = match both {
            // Only the later one's answer is heard.
            Outcome::Finished((_, answer)) => answered(&answer),
            Outcome::Crashed => {
                self.deploy_anew();
                Fate::Died
            }
        };
        self.finish(reader, &batch, &fate);
        true
    }

    /// Hands records to their function once more, as a stream may at any time. What it answers is
    /// nobody's concern.
    pub fn repeat(&mut self, reader: Reader, records: &[Record]) {
        self.invoke(reader, records);
        self.read_stream();
    }

    fn next_batch(&mut self, reader: Reader, lane: usize) -> Option<Batch> {
        if self.streams_are_down {
            return None;
        }
        let now = self.now();
        let mut discarded = Vec::new();
        let batch = self.mapping(reader).next(lane, now, &mut discarded);
        self.discarded.append(&mut discarded);
        batch
    }

    fn finish(&mut self, reader: Reader, batch: &Batch, fate: &Fate) {
        let now = self.now();
        let mut discarded = Vec::new();
        self.mapping(reader).done(batch, fate, now, &mut discarded);
        self.discarded.append(&mut discarded);
        self.read_stream();
    }

    fn invoke(&mut self, reader: Reader, records: &[Record]) -> Fate {
        let now = self.now();
        self.dead.set(false);
        let functions = self.instance();
        let (outcome, metrics) = match reader {
            Reader::Evaluate => {
                let deps = &functions.evaluate;
                (run(evaluate::handle(deps, event(records))), deps.metrics.clone())
            }
            Reader::Send => {
                let deps = &functions.send;
                (run(send::handle(deps, event(records))), deps.metrics.clone())
            }
        };
        self.counts.take(&metrics, now);
        match (outcome, reader) {
            (Outcome::Finished(answer), _) => answered(&answer),
            (Outcome::Crashed, Reader::Evaluate) => {
                let cold = functions::evaluate(&self.outside);
                self.instance_mut().evaluate = cold;
                Fate::Died
            }
            (Outcome::Crashed, Reader::Send) => {
                let cold = functions::send(&self.outside);
                self.instance_mut().send = cold;
                Fate::Died
            }
        }
    }

    /// Calls `check`. Says whether it succeeded.
    pub fn check(&mut self, call: check::Call) -> bool {
        let now = self.now();
        self.dead.set(false);
        let deps = &self.instance().check;
        let outcome = run(check::handle(deps, call));
        let metrics = deps.metrics.clone();
        self.counts.take(&metrics, now);
        if outcome == Outcome::Crashed {
            let cold = functions::check(&self.outside);
            self.instance_mut().check = cold;
        }
        self.read_stream();
        matches!(outcome, Outcome::Finished(Ok(())))
    }

    /// Calls `feedback`. Says whether it succeeded.
    pub fn feedback(&mut self, event: SnsEvent) -> bool {
        let now = self.now();
        self.dead.set(false);
        let deps = &self.instance().feedback;
        let outcome = run(feedback::handle(deps, event));
        let metrics = deps.metrics.clone();
        self.counts.take(&metrics, now);
        let succeeded = matches!(outcome, Outcome::Finished(Ok(())));
        if matches!(outcome, Outcome::Crashed) {
            let cold = functions::feedback(&self.outside);
            self.instance_mut().feedback = cold;
        }
        self.read_stream();
        succeeded
    }
}

fn event(records: &[Record]) -> Event {
    let mut event = Event::default();
    event.records = records.iter().map(Record::event_record).collect();
    event
}

fn answered(answer: &BatchAnswer) -> Fate {
    Fate::Answered(answer.failed().map(str::to_owned).collect())
}
