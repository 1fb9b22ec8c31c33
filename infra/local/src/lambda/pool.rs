//! One function's instances and the invocations that wait for one.
//!
//! An instance takes one invocation at a time, as Lambda's do. A new one is started when more
//! wait than instances are free, up to a bound. A process that ends takes its invocation with it
//! and is replaced when the next one needs it.

use super::InvokeError;
use super::instance;
use super::setting::{Invocation, Setting};
use crate::clock::real_now;
use axum::body::Bytes;
use beckon_shared::wiring::Function;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::AbortHandle;

/// How often in a row a function may end before it asks for its first invocation.
const FAILED_STARTS: u32 = 3;

/// One function.
#[derive(Debug)]
pub struct Pool {
    function: Function,
    variables: BTreeMap<String, String>,
    setting: Arc<Setting>,
    arrived: Notify,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Waiting>,
    running: HashMap<String, Running>,
    instances: BTreeMap<u64, Instance>,
    started: u64,
    invoked: u64,
    failed_starts: u32,
    stopped: bool,
}

type Reply = oneshot::Sender<Result<Bytes, InvokeError>>;

#[derive(Debug)]
struct Waiting {
    id: String,
    payload: Bytes,
    reply: Reply,
}

#[derive(Debug)]
struct Running {
    instance: u64,
    reply: Reply,
    timer: AbortHandle,
}

#[derive(Debug)]
struct Instance {
    /// Whether it has asked for an invocation yet.
    ready: bool,
    /// Whether it waits for one.
    idle: bool,
    end: watch::Sender<bool>,
}

impl Pool {
    /// A function with no instance yet.
    pub fn new(function: Function, variables: BTreeMap<String, String>, setting: Arc<Setting>) -> Self {
        Self {
            function,
            variables,
            setting,
            arrived: Notify::new(),
            state: Mutex::default(),
        }
    }

    /// Which function it is.
    pub fn function(&self) -> &Function {
        &self.function
    }

    /// Invokes the function and waits for its answer.
    pub async fn invoke(self: &Arc<Self>, payload: Bytes) -> Result<Bytes, InvokeError> {
        let (reply, answer) = oneshot::channel();
        {
            let mut state = self.state();
            if state.stopped {
                return Err(InvokeError::Unavailable("the local stack is stopping".to_owned()));
            }
            state.invoked = state.invoked.saturating_add(1);
            let seed = format!("{} {} {}", self.function.name, self.setting.aws_url, state.invoked);
            let id = crate::aws::derived_id(&seed);
            state.waiting.push_back(Waiting { id, payload, reply });
            self.start_if_needed(&mut state);
        }
        self.arrived.notify_waiters();
        match answer.await {
            Ok(answer) => answer,
            Err(_) => Err(InvokeError::Unavailable("the local stack is stopping".to_owned())),
        }
    }

    /// Waits for the next invocation on behalf of an instance. `None`: there is no such instance.
    pub async fn next(self: &Arc<Self>, instance: u64) -> Option<Invocation> {
        {
            let mut state = self.state();
            state.failed_starts = 0;
            let instance = state.instances.get_mut(&instance)?;
            instance.ready = true;
            instance.idle = true;
        }
        loop {
            let arrived = self.arrived.notified();
            tokio::pin!(arrived);
            arrived.as_mut().enable();
            if let Some(invocation) = self.take(instance)? {
                return Some(invocation);
            }
            arrived.await;
        }
    }

    /// Takes an instance's answer to an invocation. Answers whether it was still waited for.
    pub fn finish(&self, id: &str, answer: Result<Bytes, InvokeError>) -> bool {
        let Some(running) = self.state().running.remove(id) else {
            return false;
        };
        running.timer.abort();
        // The caller may have gone away, which is its right.
        let _ = running.reply.send(answer);
        true
    }

    /// Ends all instances and waits until they are gone; with `for_good`, invokes nothing more.
    pub async fn end_instances(&self, for_good: bool) {
        let ends: Vec<_> = {
            let mut state = self.state();
            state.stopped = state.stopped || for_good;
            if for_good {
                state.waiting.clear();
            }
            let instances = state.instances.values();
            instances.map(|instance| instance.end.clone()).collect()
        };
        for end in ends {
            end.send_replace(true);
            end.closed().await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(self: &Arc<Self>, instance: u64) -> Option<Option<Invocation>> {
        let mut state = self.state();
        if !state.instances.contains_key(&instance) {
            return None;
        }
        let Some(waiting) = state.waiting.pop_front() else {
            return Some(None);
        };
        if let Some(instance) = state.instances.get_mut(&instance) {
            instance.idle = false;
        }
        let limit = Duration::from_secs(u64::from(self.function.timeout_secs));
        let (pool, id) = (Arc::clone(self), waiting.id.clone());
        let timer = tokio::spawn(async move {
            tokio::time::sleep(limit).await;
            pool.time_out(&id);
        });
        let running = Running {
            instance,
            reply: waiting.reply,
            timer: timer.abort_handle(),
        };
        state.running.insert(waiting.id.clone(), running);
        let deadline = real_now().checked_add(limit).unwrap_or(Timestamp::MAX);
        Some(Some(Invocation {
            id: waiting.id,
            payload: waiting.payload,
            deadline,
            now: self.setting.clock.now(),
        }))
    }

    fn time_out(&self, id: &str) {
        let mut state = self.state();
        let Some(running) = state.running.remove(id) else {
            return;
        };
        let secs = self.function.timeout_secs;
        tracing::warn!(function = self.function.name, secs, "an invocation timed out");
        if let Some(instance) = state.instances.get(&running.instance) {
            instance.end.send_replace(true);
        }
        let _ = running.reply.send(Err(InvokeError::TimedOut { secs }));
    }

    fn start_if_needed(self: &Arc<Self>, state: &mut State) {
        let free = state.instances.values();
        let free = free.filter(|instance| instance.idle || !instance.ready).count();
        if state.stopped || state.waiting.len() <= free || state.instances.len() >= self.setting.max_instances {
            return;
        }
        state.started = state.started.saturating_add(1);
        let number = state.started;
        let runtime_api = format!("{}/_runtime/{}/{number}", self.setting.aws_url, self.function.name);
        let child = instance::start(
            self.function.name,
            &self.setting.binaries,
            &self.variables,
            &runtime_api,
            &self.setting.logs,
        );
        match child {
            Err(problem) if state.instances.is_empty() => give_up_waiting(state, &problem),
            Err(problem) => tracing::warn!(problem, "no further instance could be started"),
            Ok(child) => {
                let (end, ending) = watch::channel(false);
                let instance = Instance {
                    ready: false,
                    idle: false,
                    end,
                };
                state.instances.insert(number, instance);
                let pool = Arc::clone(self);
                tokio::spawn(async move {
                    let how = match instance::ended(child, ending.clone()).await {
                        Ok(status) => status.to_string(),
                        Err(error) => error.to_string(),
                    };
                    pool.instance_ended(number, &how);
                    // Only now may somebody who waits for its end go on.
                    drop(ending);
                });
            }
        }
    }

    fn instance_ended(self: &Arc<Self>, number: u64, how: &str) {
        let mut state = self.state();
        let Some(instance) = state.instances.remove(&number) else {
            return;
        };
        let wanted = *instance.end.borrow();
        let lost: Vec<String> = state
            .running
            .iter()
            .filter(|(_, running)| running.instance == number)
            .map(|(id, _)| id.clone())
            .collect();
        for id in lost {
            if let Some(running) = state.running.remove(&id) {
                running.timer.abort();
                let _ = running.reply.send(Err(InvokeError::Function {
                    kind: "Runtime.ExitError".to_owned(),
                    message: format!("the process ended before it answered: {how}"),
                }));
            }
        }
        if !instance.ready && !wanted {
            state.failed_starts = state.failed_starts.saturating_add(1);
            if state.failed_starts >= FAILED_STARTS {
                state.failed_starts = 0;
                let name = self.function.name;
                give_up_waiting(
                    &mut state,
                    &format!("`{name}` ended before it asked for an invocation: {how}"),
                );
            }
        }
        self.start_if_needed(&mut state);
    }
}

fn give_up_waiting(state: &mut State, problem: &str) {
    for waiting in state.waiting.drain(..) {
        let _ = waiting.reply.send(Err(InvokeError::Unavailable(problem.to_owned())));
    }
}
