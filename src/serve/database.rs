//! The published file, open for questions. When another is published it is opened beside the first; questions
//! that run finish where they began.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, TryAcquireError, oneshot, watch};

use super::cache::{Answers, Tables};
use super::event_logs::EventLogs;
use super::known;
use super::limits;
use super::listing::Listing;
use super::log::{Line, Log};
use super::metrics::Metrics;
use super::problem::Problem;
use crate::error::{self, UserError};
use crate::query::{Interrupter, Session};
use crate::store::Edition;

/// The database of the server.
pub(super) struct Database {
    path: PathBuf,
    /// Says where the logs of listed applications lie.
    logs: Arc<EventLogs>,
    current: RwLock<Arc<Instance>>,
    /// Why what is published now could not be opened.
    trouble: Mutex<Option<String>>,
    slots: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    look: Notify,
    metrics: Arc<Metrics>,
}

/// One published file, open.
pub(super) struct Instance {
    /// `None` while nothing is published: then there are tables, and no rows.
    pub edition: Option<Edition>,
    /// When the database was last filled, ms since the epoch.
    pub data_as_of_ms: Option<i64>,
    /// Its applications. Made before anybody asks, so that nobody waits for a long list and none is of another file.
    pub listing: Arc<Listing>,
    /// What was answered from it, let go of together with it.
    pub answers: Answers,
    pub tables: Tables,
    root: Mutex<Session>,
    idle: Mutex<Vec<Session>>,
}

/// Why a question has no answer.
pub(super) enum Refusal {
    /// Too many wait already.
    Busy,
    TooSlow,
    Failed(anyhow::Error),
}

impl Instance {
    /// Opens what is published now.
    fn open(path: &std::path::Path, logs: &EventLogs) -> Result<Self> {
        for _ in 0..5 {
            let edition = Edition::published(path)?;
            let session = match edition {
                Some(_) => Session::open(path, limits::DATABASE)?,
                None => Session::open_empty(limits::DATABASE)?,
            };
            // Somebody may have published between the look and the opening.
            if Edition::published(path)? == edition {
                return Ok(Instance {
                    edition,
                    data_as_of_ms: session.data_as_of_ms()?,
                    listing: Arc::new(known::listing(&session, logs)?),
                    answers: Answers::new(),
                    tables: Tables::new(),
                    root: Mutex::new(session),
                    idle: Mutex::default(),
                });
            }
        }
        Err(UserError::failure(format!("`{}` is replaced again and again", path.display())).into())
    }

    /// Short, and another for every other content.
    pub(super) fn version(&self) -> String {
        self.edition
            .map_or_else(|| "empty".to_owned(), |edition| edition.name())
    }

    fn session(&self) -> Result<Session> {
        if let Some(session) = lock(&self.idle).pop() {
            return Ok(session);
        }
        lock(&self.root).try_clone()
    }
}

impl Database {
    /// # Errors
    /// When what is published cannot be opened and `may_wait` is false: then no ingest will mend it.
    pub(super) fn open(
        path: PathBuf,
        logs: Arc<EventLogs>,
        may_wait: bool,
        metrics: Arc<Metrics>,
    ) -> Result<Self> {
        let (instance, trouble) = match Instance::open(&path, &logs) {
            Ok(instance) => (instance, None),
            Err(error) if may_wait => (
                Instance {
                    edition: None,
                    data_as_of_ms: None,
                    listing: Arc::default(),
                    answers: Answers::new(),
                    tables: Tables::new(),
                    root: Mutex::new(Session::open_empty(limits::DATABASE)?),
                    idle: Mutex::default(),
                },
                Some(error::describe(&error)),
            ),
            Err(error) => return Err(error),
        };
        metrics.published(instance.edition.map(|edition| edition.modified_ms()));
        Ok(Database {
            path,
            logs,
            current: RwLock::new(Arc::new(instance)),
            trouble: Mutex::new(trouble),
            slots: Arc::new(Semaphore::new(limits::questions())),
            waiting: Arc::new(Semaphore::new(limits::questions() + limits::WAITING_QUESTIONS)),
            look: Notify::new(),
            metrics,
        })
    }

    /// What is asked now.
    pub(super) fn current(&self) -> Arc<Instance> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Why what is published now could not be opened, if so.
    pub(super) fn trouble(&self) -> Option<String> {
        lock(&self.trouble).clone()
    }

    /// Something was published just now.
    pub(super) fn look_at_once(&self) {
        self.look.notify_one();
    }

    /// Opens what is published, whenever that is another file, until the server stops. It is asked when `prepare`
    /// is done with it; until then, answers come from the file before.
    pub(super) async fn follow<F: Future<Output = ()>>(
        self: Arc<Self>,
        log: Log,
        mut stop: watch::Receiver<bool>,
        prepare: impl Fn(Arc<Instance>) -> F,
    ) {
        let mut pause = limits::LOOK_TIME;
        loop {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.look.notified() => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            let database = Arc::clone(&self);
            let looked = tokio::task::spawn_blocking(move || database.other()).await;
            pause = limits::LOOK_TIME;
            match looked {
                Ok(Ok(None)) => {}
                Ok(Ok(Some((instance, started)))) => {
                    // Where nothing was published, anything is better than to wait.
                    if self.current().edition.is_some() {
                        tokio::select! {
                            () = prepare(Arc::clone(&instance)) => {}
                            _ = stop.wait_for(|stop| *stop) => return,
                        }
                    }
                    log.say(
                        Line::new("opened")
                            .with("version", instance.version())
                            .with("ms", format_args!("{:.1}", started.elapsed().as_secs_f64() * 1e3)),
                    );
                    self.take(instance);
                }
                Ok(Err(error)) => {
                    let text = error::describe(&error);
                    let is_news = lock(&self.trouble).replace(text.clone()).as_deref() != Some(&text);
                    if is_news {
                        log.say(Line::new("cannot_open").with("error", text));
                    }
                    pause = limits::RETRY_TIME;
                }
                Err(panic) => log.say(Line::new("cannot_open").with("error", panic)),
            }
        }
    }

    /// Opens what is published if that is another file; since when it has been at it.
    fn other(&self) -> Result<Option<(Arc<Instance>, Instant)>> {
        let edition = Edition::published(&self.path)?;
        if edition == self.current().edition {
            lock(&self.trouble).take();
            return Ok(None);
        }
        let started = Instant::now();
        let instance = Arc::new(Instance::open(&self.path, &self.logs)?);
        lock(&self.trouble).take();
        Ok(Some((instance, started)))
    }

    /// From now on this one is asked.
    fn take(&self, instance: Arc<Instance>) {
        self.metrics
            .published(instance.edition.map(|edition| edition.modified_ms()));
        self.metrics.swaps.inc();
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let old = std::mem::replace(&mut *current, instance);
        drop(current);
        // Closing a file takes a moment.
        tokio::task::spawn_blocking(move || drop(old));
    }

    /// Asks a question on a thread where it may block, as soon as there is room, for a limited time. It is
    /// interrupted as well when nobody waits for the answer any more.
    pub(super) async fn ask<T, F>(&self, instance: Arc<Instance>, question: F) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: FnOnce(&Session) -> Result<T> + Send + 'static,
    {
        let (_waiting, slot) = self.slot().await?;
        let taken = Arc::clone(&instance);
        let session = tokio::task::spawn_blocking(move || taken.session())
            .await
            .unwrap_or_else(|panic| Err(panic.into()))
            .map_err(Refusal::Failed)?;
        let (watched, is_over) = Watched::start(session.interrupter(), limits::QUESTION_TIME);
        let metrics = Arc::clone(&self.metrics);
        metrics.questions.inc();
        let asked = tokio::task::spawn_blocking(move || {
            let answer = question(&session);
            let was_interrupted = is_over.end();
            lock(&instance.idle).push(session);
            metrics.questions.dec();
            if was_interrupted {
                metrics.interrupted_questions.inc();
            }
            drop(slot);
            (answer, was_interrupted)
        });
        let answered = asked.await;
        drop(watched);
        match answered {
            Ok((Ok(answer), _)) => Ok(answer),
            Ok((Err(_), true)) => Err(Refusal::TooSlow),
            Ok((Err(error), false)) => Err(Refusal::Failed(error)),
            Err(panic) => Err(Refusal::Failed(panic.into())),
        }
    }

    async fn slot(&self) -> Result<(OwnedSemaphorePermit, OwnedSemaphorePermit), Refusal> {
        let waiting = match Arc::clone(&self.waiting).try_acquire_owned() {
            Ok(waiting) => waiting,
            Err(TryAcquireError::NoPermits | TryAcquireError::Closed) => return Err(Refusal::Busy),
        };
        let slot = Arc::clone(&self.slots).acquire_owned();
        match tokio::time::timeout(limits::WAIT_TIME, slot).await {
            Ok(Ok(slot)) => Ok((waiting, slot)),
            Ok(Err(_)) | Err(_) => Err(Refusal::Busy),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Busy => Problem::unavailable("too many questions at the same time", 1),
            Refusal::TooSlow => Problem::unavailable(
                format!(
                    "the question took longer than {} s",
                    limits::QUESTION_TIME.as_secs()
                ),
                30,
            )
            .hint("ask about a shorter window"),
            Refusal::Failed(error) => Problem::internal(format!("{error:#}")),
        }
    }
}

/// A question that runs: when this is dropped, nobody waits for it any more.
struct Watched {
    _waits: oneshot::Sender<()>,
}

/// The other end, where the question runs.
struct Running {
    state: Arc<Mutex<State>>,
    _ended: oneshot::Sender<()>,
}

#[derive(Default)]
struct State {
    has_ended: bool,
    was_interrupted: bool,
}

impl Watched {
    /// Interrupts a question when its time is over, or nobody waits for it.
    fn start(interrupter: Interrupter, limit: Duration) -> (Self, Running) {
        const AGAIN: Duration = Duration::from_millis(10);
        let (waits, is_given_up) = oneshot::channel::<()>();
        let (ended, mut has_ended) = oneshot::channel::<()>();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            tokio::select! {
                _ = &mut has_ended => return,
                () = tokio::time::sleep(limit) => {}
                _ = is_given_up => {}
            }
            loop {
                {
                    // The session may be at the next question as soon as this one has ended.
                    let mut state = lock(&shared);
                    if state.has_ended {
                        return;
                    }
                    state.was_interrupted = true;
                    interrupter.interrupt();
                }
                tokio::select! {
                    _ = &mut has_ended => return,
                    () = tokio::time::sleep(AGAIN) => {}
                }
            }
        });
        let running = Running { state, _ended: ended };
        (Watched { _waits: waits }, running)
    }
}

impl Running {
    /// Says that the question has ended; from here on nothing interrupts its session. Tells whether it was
    /// interrupted.
    fn end(self) -> bool {
        let mut state = lock(&self.state);
        state.has_ended = true;
        state.was_interrupted
    }
}

/// What a thread that panicked left behind is still sound: nothing is changed in two steps.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
