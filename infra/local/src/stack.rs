//! Starting and stopping it all.

use crate::activity::Activity;
use crate::aws;
use crate::bundle::Bundle;
use crate::clock::{VirtualClock, real_now};
use crate::dynamodb::{Proxy, Table, TableError};
use crate::fault::{FaultKind, Faults, Service};
use crate::keeping::{self, KeepingError, Kept};
use crate::lambda::background::Background;
use crate::lambda::endpoint::Endpoint;
use crate::lambda::logs::Logs;
use crate::lambda::pool::Pool;
use crate::lambda::setting::Setting;
use crate::lambda::{Lambda, environment, runtime_api};
use crate::options::Options;
use crate::push::Endpoints;
use crate::queue::{QueueMessage, Queues};
use crate::scheduler::{Schedule, Schedules};
use crate::sent::{Sent, SentMessage};
use crate::stream::pump::{Pump, PumpError};
use crate::suppression_list::SuppressionList;
use crate::sweep::Sweeps;
use crate::timeline::{self, AdvanceError};
use crate::{control, gateway, http};
use beckon_shared::domain::time::{Span, after};
use beckon_shared::wiring;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

/// How often what a folder keeps is written while the stack runs.
const KEEP_EVERY: Duration = Duration::from_secs(5);

/// A running stack. Needs a multi-threaded runtime. Dropped without [`LocalStack::stop`], it ends
/// its functions, but does not wait for them.
pub struct LocalStack {
    bundle: Arc<Bundle>,
    url: String,
    aws_url: String,
    stopping: watch::Sender<bool>,
    tasks: JoinSet<()>,
    data: Option<PathBuf>,
}

/// Why there is no stack.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port is taken, most likely.
    #[error("127.0.0.1:{port} could not be listened on, another port may be free (`PORT=…`): {error}")]
    Listen {
        /// Which port.
        port: u16,
        /// What happened.
        error: std::io::Error,
    },
    /// The table failed.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A function's mapping is wrong.
    #[error(transparent)]
    Pump(#[from] PumpError),
    /// What was kept could not be read.
    #[error(transparent)]
    Keeping(#[from] KeepingError),
}

/// What went wrong while the stack ran or ended.
#[derive(Debug, thiserror::Error)]
pub enum StopError {
    /// What was to be kept could not be written.
    #[error(transparent)]
    Keeping(#[from] KeepingError),
    /// An address was printed.
    #[error("`{function}` printed what looks like somebody's address, which no log may hold")]
    Indiscreet {
        /// Which function.
        function: &'static str,
    },
}

impl LocalStack {
    /// Starts a stack. When this returns, it answers.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let kept = options.data.as_deref().map(Kept::load).transpose()?.unwrap_or_default();
        let listen = |port| async move {
            http::listen(port)
                .await
                .map_err(|error| StartError::Listen { port, error })
        };
        let (front, front_address) = listen(options.port).await?;
        let (back, back_address) = listen(0).await?;
        let (url, aws_url) = (format!("http://{front_address}"), format!("http://{back_address}"));

        // What was kept goes on from where it stood, or from real now if that is later.
        let begin = kept.now.map(|kept| kept.max(options.start.unwrap_or_else(real_now)));
        let clock = Arc::new(VirtualClock::new(options.clock, begin.or(options.start)));
        let file = options.data.as_deref().map(keeping::table_file);
        let table = Table::open(wiring::DEFAULT_TABLE, &clock, file.as_deref())?;
        let logs = Arc::new(Logs::new(options.show_logs));
        let pools = pools(&options, (&url, &aws_url), &table, &clock, &logs);
        let lambda = match &options.lambda_endpoint {
            Some(endpoint) => Lambda::Endpoint(Arc::new(Endpoint::new(endpoint, Arc::clone(&clock)))),
            None => Lambda::Processes(pools.clone()),
        };
        let bundle = Arc::new(Bundle {
            start: options.start,
            activity: Activity::default(),
            pump: Pump::new(table.clone(), &options.functions, kept.checkpoint.as_deref())?,
            functions: options.functions,
            lambda,
            logs,
            background: Background::default(),
            schedules: Schedules::default(),
            queues: Queues::default(),
            endpoints: Endpoints::default(),
            suppression_list: SuppressionList::default(),
            sent: Sent::default(),
            faults: Faults::default(),
            wake: Notify::new(),
            moving: tokio::sync::Mutex::default(),
            sweeps: Mutex::new(Sweeps::new(clock.now())),
            paused: false.into(),
            table,
            clock,
        });
        for queue in [aws::SET_ASIDE_QUEUE, aws::SCHEDULE_DLQ] {
            bundle.queues.create(queue);
        }
        bundle.queues.restore(kept.queues);
        bundle.schedules.restore(kept.schedules);
        bundle.background.restore(kept.background);
        bundle.sent.restore(kept.sent);

        let (stopping, stop) = watch::channel(false);
        let proxy = Proxy::start(&bundle.table, stop.clone())
            .await
            .map_err(|error| StartError::Listen { port: 0, error })?;
        let aws_router = gateway::router(Arc::clone(&bundle), proxy).merge(runtime_api::router(pools));
        let router = control::router(Arc::clone(&bundle), &url, &aws_url);
        let mut tasks = JoinSet::new();
        tasks.spawn(http::serve(back, aws_router, stop.clone()));
        tasks.spawn(http::serve(front, router, stop.clone()));
        tasks.spawn(Arc::clone(&bundle).run(stop.clone()));
        if let Some(folder) = options.data.clone() {
            tasks.spawn(keep(Arc::clone(&bundle), folder, stop));
        }
        Ok(Self {
            bundle,
            url,
            aws_url,
            stopping,
            tasks,
            data: options.data,
        })
    }

    /// The address for people and tests: `http://127.0.0.1:<port>`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The endpoint of all AWS services, for `AWS_ENDPOINT_URL`.
    pub fn aws_url(&self) -> &str {
        &self.aws_url
    }

    /// The variables that lead an AWS client here.
    pub fn client_variables(&self) -> BTreeMap<String, String> {
        environment::client_variables(&self.aws_url)
    }

    /// The virtual now.
    pub fn now(&self) -> Timestamp {
        self.bundle.clock.now()
    }

    /// Moves the clock ahead, carrying out everything that becomes due; comes back when nothing
    /// is in flight any more.
    pub async fn advance(&self, by: Span) -> Result<(), AdvanceError> {
        self.advance_to(after(self.now(), by)).await
    }

    /// Moves the clock to `to`, as [`LocalStack::advance`].
    pub async fn advance_to(&self, to: Timestamp) -> Result<(), AdvanceError> {
        timeline::advance(&self.bundle, to).await
    }

    /// Waits until nothing is in flight and nothing more is due now.
    pub async fn idle(&self) {
        timeline::idle(&self.bundle).await;
    }

    /// Makes the next `count` calls of a service go wrong.
    pub fn fault(&self, service: Service, kind: FaultKind, count: u32) {
        self.bundle.faults.order(service, kind, count);
    }

    /// Everything that left, oldest first.
    pub fn messages(&self) -> Vec<SentMessage> {
        self.bundle.sent.messages(None)
    }

    /// What is in a queue, oldest first.
    pub fn queue(&self, name: &str) -> Vec<QueueMessage> {
        self.bundle.queues.messages(name)
    }

    /// The schedules that exist.
    pub fn schedules(&self) -> Vec<Schedule> {
        self.bundle.schedules.all()
    }

    /// Loses all schedules, as if AWS had.
    pub fn lose_schedules(&self) {
        self.bundle.schedules.clear();
    }

    /// What a function printed, oldest first.
    pub fn logs(&self, function: &str) -> Vec<String> {
        self.bundle.logs.of(function)
    }

    /// Invokes a function in the background, as SNS and schedules do.
    pub fn invoke_in_background(&self, function: &str, payload: serde_json::Value) {
        self.bundle.background.put(function, payload, self.now());
        self.bundle.wake.notify_one();
    }

    /// Ends all instances of all functions, so that the next invocations meet cold ones.
    pub async fn forget_instances(&self) {
        self.bundle.lambda.forget_instances().await;
    }

    /// Stops it all: ends the functions, closes the addresses, keeps what is to be kept. Tells if
    /// any function has printed somebody's address.
    pub async fn stop(mut self) -> Result<(), StopError> {
        // Nothing new is begun, then the functions end, then what they talk to.
        self.bundle.paused.store(true, Ordering::SeqCst);
        self.bundle.lambda.stop().await;
        self.stopping.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
        if let Some(folder) = &self.data {
            Kept::of(&self.bundle).save(folder)?;
        }
        match self.bundle.logs.indiscreet() {
            Some(function) => Err(StopError::Indiscreet { function }),
            None => Ok(()),
        }
    }
}

fn pools(
    options: &Options,
    (url, aws_url): (&str, &str),
    table: &Table,
    clock: &Arc<VirtualClock>,
    logs: &Arc<Logs>,
) -> runtime_api::Pools {
    let setting = Arc::new(Setting {
        binaries: options.binaries.clone(),
        aws_url: aws_url.to_owned(),
        max_instances: options.max_instances.max(1),
        clock: Arc::clone(clock),
        logs: Arc::clone(logs),
    });
    let functions = options.functions.iter().map(|function| {
        let variables = environment::function_variables(function, table.name(), url, aws_url);
        let pool = Pool::new(*function, variables, Arc::clone(&setting));
        (function.name, Arc::new(pool))
    });
    functions.collect()
}

async fn keep(bundle: Arc<Bundle>, folder: PathBuf, mut stopping: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(KEEP_EVERY) => {}
            _ = stopping.wait_for(|stop| *stop) => return,
        }
        if let Err(error) = Kept::of(&bundle).save(&folder) {
            tracing::error!(%error, "the stack's state was not kept");
        }
    }
}
