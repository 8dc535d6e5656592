//! SQL executions: their jobs, plans and metrics.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use foldhash::fast::RandomState;

use super::metric_text::{self, Largest};
use super::order::{as_immutable_map, hash_of_long};
use super::plan::Graph;
use super::{Execution, JobStatus, size};
use crate::event::detail::{
    Accumulable, JobEnded, JobStarted, PlanChanged, PlanInfo, SqlDriverUpdates, SqlEnded, SqlMetricsAdded,
    SqlStarted, StageDetail, TaskEnded,
};

/// The type of each accumulator that belongs to a plan.
type Kinds = HashMap<i64, Box<str>, RandomState>;

/// All executions of an application.
#[derive(Debug, Default)]
pub(super) struct Executions {
    /// How many to keep; all if there is no limit.
    limit: Option<usize>,
    live: BTreeMap<i64, LiveExecution>,
    stored: BTreeMap<i64, Execution>,
    stored_bytes: usize,
    /// Metrics of the stages of live executions, by stage.
    stages: BTreeMap<i64, StageMetrics>,
    /// Which executions an end of a job may be of.
    of_job: HashMap<i64, Vec<i64>, RandomState>,
}

#[derive(Debug, Default)]
struct LiveExecution {
    shown: Execution,
    kinds: Kinds,
    /// In the order of the log, as the jobs of `shown` are.
    stages: Vec<i64>,
    known_stages: HashSet<i64, RandomState>,
    driver_updates: Vec<(i64, i64)>,
    /// Ends of jobs and of the execution itself, which may come in any order.
    ends: usize,
    was_written: bool,
}

/// What the tasks of one stage attempt report for the metrics of plans.
#[derive(Debug)]
struct StageMetrics {
    attempt: i64,
    num_tasks: usize,
    /// Whose metrics count: its plan may still get others.
    execution: i64,
    /// By accumulator, one value for each task index.
    values: HashMap<i64, Vec<i64>, RandomState>,
    largest: HashMap<i64, Largest, RandomState>,
    succeeded: HashSet<i64, RandomState>,
}

impl StageMetrics {
    fn new(attempt: i64, num_tasks: usize, execution: i64) -> Self {
        StageMetrics {
            attempt,
            num_tasks,
            execution,
            values: HashMap::default(),
            largest: HashMap::default(),
            succeeded: HashSet::default(),
        }
    }

    fn task_ended(&mut self, event: &TaskEnded, kinds: &Kinds) {
        let info = &event.info;
        let Some(index) = usize::try_from(info.index)
            .ok()
            .filter(|index| *index < self.num_tasks)
        else {
            return;
        };
        if self.succeeded.contains(&info.index) {
            return;
        }
        if info.is_successful() {
            self.succeeded.insert(info.index);
        }
        for accumulable in &info.accumulables.list {
            self.update(accumulable, kinds, index, event);
        }
    }

    fn update(&mut self, accumulable: &Accumulable, kinds: &Kinds, index: usize, event: &TaskEnded) {
        let (Some(update), Some(kind)) = (&accumulable.update, kinds.get(&accumulable.id)) else {
            return;
        };
        let Some(value) = update.as_int() else { return };
        let num_tasks = self.num_tasks;
        let values = self
            .values
            .entry(accumulable.id)
            .or_insert_with(|| vec![0; num_tasks]);
        values[index] = value;
        if metric_text::has_largest(kind) {
            let this = Largest {
                value,
                stage_id: event.stage_id,
                attempt: event.stage_attempt,
                task_id: event.info.id,
            };
            let largest = self.largest.entry(accumulable.id).or_insert(this);
            if value > largest.value {
                *largest = this;
            }
        }
    }
}

impl Executions {
    pub(super) fn new(limit: Option<usize>) -> Self {
        Executions {
            limit,
            ..Executions::default()
        }
    }

    pub(super) fn started(&mut self, event: &SqlStarted) {
        let live = self.live(event.id);
        let shown = &mut live.shown;
        shown.root_id = event.root_id.unwrap_or(event.id);
        shown.description = event.description.as_deref().map(str::to_owned);
        shown.plan_description = event.plan_description.as_deref().map(str::to_owned);
        shown.submitted_ms = event.time_ms;
        shown.query_id = event.query_id.as_deref().map(str::to_owned);
        shown.modified_configs = event
            .modified_configs
            .as_ref()
            .map(super::executors::map)
            .unwrap_or_default();
        live.plan(event.plan.as_ref());
        self.update(event.id);
    }

    pub(super) fn plan_changed(&mut self, event: &PlanChanged) {
        let live = self.live(event.id);
        live.shown.plan_description = event.plan_description.as_deref().map(str::to_owned);
        live.plan(event.plan.as_ref());
        self.update(event.id);
    }

    pub(super) fn metrics_added(&mut self, event: &SqlMetricsAdded) {
        let live = self.live(event.id);
        for metric in &event.metrics {
            live.kinds.insert(metric.accumulator_id, Box::from(&*metric.kind));
        }
        self.update(event.id);
    }

    pub(super) fn driver_updates(&mut self, event: &SqlDriverUpdates) {
        if let Some(live) = self.live.get_mut(&event.id) {
            live.driver_updates.extend(&event.updates);
            self.update(event.id);
        }
    }

    pub(super) fn ended(&mut self, event: &SqlEnded) {
        let Some(mut live) = self.live.remove(&event.id) else {
            return;
        };
        live.shown.metrics = Some(self.metrics_of(&live));
        live.shown.completed_ms = Some(event.time_ms);
        live.shown.error = event.error.as_deref().map(str::to_owned);
        live.ends += 1;
        self.live.insert(event.id, live);
        self.update(event.id);
        self.forget_stages(event.id);
    }

    pub(super) fn job_started(&mut self, event: &JobStarted) {
        let id = super::jobs::text_of(event.properties.as_ref(), "spark.sql.execution.id");
        let Some(id) = id.and_then(|id| id.parse::<i64>().ok()) else {
            return;
        };
        if !self.live.contains_key(&id)
            && let Some(stored) = self.stored.remove(&id)
        {
            // A job of an execution that has ended.
            self.stored_bytes = self.stored_bytes.saturating_sub(size::of_execution(&stored));
            let ends = stored.jobs.len() + 1;
            let mut live = LiveExecution {
                ends,
                was_written: true,
                ..LiveExecution::default()
            };
            live.kinds = kinds_of(stored.graph.as_ref());
            live.shown = stored;
            self.live.insert(id, live);
        }
        let live = self.live(id);
        let has_metrics = !live.kinds.is_empty();
        live.shown.jobs.push((event.id, JobStatus::Running));
        let stages = event.stages.as_deref().unwrap_or_default();
        let by_id = event.stages.is_none().then_some(event.stage_ids.iter().copied());
        for stage in stages
            .iter()
            .map(|stage| stage.id)
            .chain(by_id.into_iter().flatten())
        {
            if live.known_stages.insert(stage) {
                live.stages.push(stage);
            }
        }
        live.was_written = true;
        if has_metrics {
            for stage in stages {
                let num_tasks = usize::try_from(stage.num_tasks).unwrap_or(0);
                let metrics = StageMetrics::new(0, num_tasks, id);
                self.stages.insert(stage.id, metrics);
            }
        }
        self.of_job.entry(event.id).or_default().push(id);
        self.update(id);
    }

    pub(super) fn stage_submitted(&mut self, info: &StageDetail) {
        if !self.is_of_live_execution(info.id) {
            return;
        }
        // A new attempt begins with nothing.
        if let Some(stage) = self.stages.get_mut(&info.id)
            && stage.attempt != info.attempt
        {
            *stage = StageMetrics::new(info.attempt, stage.num_tasks, stage.execution);
        }
    }

    pub(super) fn task_ended(&mut self, event: &TaskEnded) {
        if event.info.accumulables.list.is_empty() && !event.info.is_successful() {
            return;
        }
        if let Some(stage) = self.stages.get_mut(&event.stage_id)
            && stage.attempt == event.stage_attempt
            && self
                .live
                .values()
                .any(|live| live.known_stages.contains(&event.stage_id))
            && let Some(execution) = self.live.get(&stage.execution)
        {
            stage.task_ended(event, &execution.kinds);
        }
    }

    pub(super) fn job_ended(&mut self, event: &JobEnded) {
        for id in self.of_job.remove(&event.id).unwrap_or_default() {
            let Some(live) = self.live.get_mut(&id) else {
                continue;
            };
            for (_, status) in live.shown.jobs.iter_mut().filter(|(job, _)| *job == event.id) {
                *status = if event.is_successful {
                    JobStatus::Succeeded
                } else {
                    JobStatus::Failed
                };
            }
            live.ends += 1;
            self.update(id);
        }
    }

    /// What still lives is shown with the metrics that there are.
    pub(super) fn finish(mut self) -> BTreeMap<i64, Execution> {
        for (id, mut live) in std::mem::take(&mut self.live) {
            if live.shown.metrics.is_none() {
                live.shown.metrics = Some(self.metrics_of(&live));
            }
            self.stored.insert(id, live.shown);
        }
        for execution in self.stored.values_mut() {
            in_order_of_map(&mut execution.jobs);
        }
        self.stored
    }

    pub(super) fn bytes(&self) -> usize {
        let stages: usize = self
            .stages
            .values()
            .map(|stage| {
                stage
                    .values
                    .values()
                    .map(|values| values.len() * 8 + 48)
                    .sum::<usize>()
            })
            .sum();
        self.stored_bytes + stages
    }

    fn live(&mut self, id: i64) -> &mut LiveExecution {
        self.live.entry(id).or_insert_with(|| LiveExecution {
            shown: Execution {
                id,
                submitted_ms: -1,
                ..Execution::default()
            },
            ..LiveExecution::default()
        })
    }

    fn is_of_live_execution(&self, stage: i64) -> bool {
        self.live.values().any(|live| live.known_stages.contains(&stage))
    }

    /// An execution of which all ends were seen is not live any more.
    fn update(&mut self, id: i64) {
        let is_over = self
            .live
            .get(&id)
            .is_some_and(|live| live.ends > live.shown.jobs.len());
        if !is_over {
            return;
        }
        self.forget_stages(id);
        if let Some(live) = self.live.remove(&id) {
            self.stored_bytes += size::of_execution(&live.shown);
            self.stored.insert(id, live.shown);
            self.retain();
        }
    }

    fn retain(&mut self) {
        let Some(limit) = self.limit else { return };
        let written = self.live.values().filter(|live| live.was_written).count();
        let surplus = (self.stored.len() + written).saturating_sub(limit);
        if surplus == 0 {
            return;
        }
        let ended = self
            .stored
            .values()
            .filter_map(|shown| Some((shown.completed_ms?, shown.id)));
        let mut ended: Vec<(i64, i64)> = ended.collect();
        ended.sort_unstable();
        for (_, id) in ended.into_iter().take(surplus) {
            self.stored.remove(&id);
        }
    }

    /// Forgets the metrics of stages that no other live execution has.
    fn forget_stages(&mut self, id: i64) {
        let live = &self.live;
        self.stages.retain(|stage, _| {
            live.iter()
                .any(|(other, live)| *other != id && live.known_stages.contains(stage))
        });
    }

    fn metrics_of(&self, live: &LiveExecution) -> HashMap<i64, String> {
        let mut values: HashMap<i64, Vec<i64>, RandomState> = HashMap::default();
        let mut largest: HashMap<i64, Largest, RandomState> = HashMap::default();
        for stage in as_immutable_map(live.stages.clone(), |stage| hash_of_long(*stage)) {
            let Some(stage) = self.stages.get(&stage) else {
                continue;
            };
            for (id, new) in stage.values.iter().filter(|(id, _)| live.kinds.contains_key(id)) {
                values.entry(*id).or_default().extend(new);
            }
            for (id, new) in &stage.largest {
                let known = largest.entry(*id).or_insert(*new);
                if new.value > known.value {
                    *known = *new;
                }
            }
        }
        for (id, value) in &live.driver_updates {
            if !live.kinds.contains_key(id) {
                continue;
            }
            // The driver is named where no task had as much.
            if largest.get(id).is_some_and(|largest| *value > largest.value) {
                largest.remove(id);
            }
            values.entry(*id).or_default().push(*value);
        }
        values
            .into_iter()
            .filter_map(|(id, mut values)| {
                let kind = live.kinds.get(&id)?;
                let text = metric_text::text(kind, &mut values, largest.get(&id).copied());
                Some((id, text))
            })
            .collect()
    }
}

impl LiveExecution {
    fn plan(&mut self, plan: Option<&PlanInfo>) {
        let Some(plan) = plan else { return };
        let graph = Graph::of(plan);
        // Metrics of plans before stay known.
        self.kinds.extend(kinds_of(Some(&graph)));
        self.shown.graph = Some(graph);
    }
}

fn kinds_of(graph: Option<&Graph>) -> Kinds {
    let metrics = graph
        .into_iter()
        .flat_map(|graph| &graph.nodes)
        .flat_map(|node| &node.metrics);
    metrics
        .map(|metric| (metric.accumulator_id, Box::from(metric.kind.as_str())))
        .collect()
}

/// Jobs are kept in a map, whose order shows.
fn in_order_of_map(jobs: &mut Vec<(i64, JobStatus)>) {
    let mut seen = BTreeSet::new();
    jobs.retain(|(id, _)| seen.insert(*id));
    *jobs = as_immutable_map(std::mem::take(jobs), |(id, _)| hash_of_long(*id));
}
