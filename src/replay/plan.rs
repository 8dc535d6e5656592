//! The plan of an SQL execution as a graph of nodes and edges.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::event::detail::PlanInfo;

/// The graph that Spark draws of a plan.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    /// All nodes, clusters and what is in them, by id.
    pub nodes: Vec<Node>,
    /// From child to parent.
    pub edges: Vec<(i64, i64)>,
}

/// A node of a plan.
#[derive(Debug, Clone)]
pub struct Node {
    pub id: i64,
    pub name: String,
    pub description: String,
    /// The number in the name of the cluster that it is in.
    pub codegen_id: Option<i64>,
    pub metrics: Vec<Metric>,
}

/// A metric of a node: its value is that of the accumulator.
#[derive(Debug, Clone)]
pub struct Metric {
    pub name: String,
    pub accumulator_id: i64,
    pub kind: String,
}

/// Plans as deep as this come from no compiler that Spark has.
const MAX_DEPTH: usize = 2_000;

impl Graph {
    pub(super) fn of(plan: &PlanInfo) -> Self {
        let mut builder = Builder::default();
        builder.add(plan, None, None, 0);
        // Ids are given in the order of visits.
        builder.graph.nodes.sort_by_key(|node| node.id);
        builder.graph
    }
}

#[derive(Default)]
struct Builder<'a> {
    graph: Graph,
    next_id: i64,
    /// Exchanges and subqueries seen, for those that use them again.
    seen: HashMap<Shape<'a>, i64, RandomState>,
}

/// A plan by what it consists of.
#[derive(PartialEq)]
struct Shape<'a>(&'a PlanInfo<'a>);

impl Eq for Shape<'_> {}

impl std::hash::Hash for Shape<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.name.hash(state);
        self.0.text.hash(state);
        self.0.metrics.hash(state);
        self.0.children.len().hash(state);
    }
}

impl<'a> Builder<'a> {
    /// Adds a plan below `parent`, within a cluster if there is one.
    fn add(
        &mut self,
        plan: &'a PlanInfo<'a>,
        parent: Option<i64>,
        cluster: Option<Option<i64>>,
        depth: usize,
    ) {
        if depth > MAX_DEPTH {
            return;
        }
        let child = plan.children.first();
        let reused = child.and_then(|child| self.seen.get(&Shape(child)).copied());
        match (&*plan.name, child) {
            (name, Some(child)) if name.starts_with("WholeStageCodegen") => {
                let number = codegen_id(name.trim());
                self.node(plan, None);
                self.add(child, parent, Some(number), depth + 1);
            }
            ("InputAdapter", Some(child)) => self.add(child, parent, None, depth + 1),
            (
                "BroadcastQueryStage" | "ShuffleQueryStage" | "TableCacheQueryStage" | "ResultQueryStage",
                Some(child),
            ) => match reused {
                Some(exchange) => self.edge(exchange, parent),
                None => self.add(child, parent, None, depth + 1),
            },
            ("Subquery", _) if cluster.is_some() => self.add(plan, parent, None, depth + 1),
            ("Subquery", _) if self.seen.contains_key(&Shape(plan)) => {
                let subquery = self.seen[&Shape(plan)];
                self.edge(subquery, parent);
            }
            ("ReusedSubquery", Some(child)) => self.add(child, parent, cluster, depth + 1),
            ("ReusedExchange", _) if reused.is_some() => {
                if let Some(exchange) = reused {
                    self.edge(exchange, parent);
                }
            }
            (name, _) => {
                let id = self.node(plan, cluster.flatten());
                if name.contains("Exchange") || name == "Subquery" {
                    self.seen.insert(Shape(plan), id);
                }
                self.edge(id, parent);
                for child in &plan.children {
                    self.add(child, Some(id), cluster, depth + 1);
                }
            }
        }
    }

    fn node(&mut self, plan: &PlanInfo, codegen_id: Option<i64>) -> i64 {
        let id = self.next_id;
        self.next_id += 1;
        self.graph.nodes.push(Node {
            id,
            name: plan.name.trim().to_owned(),
            description: plan.text.to_string(),
            codegen_id,
            metrics: plan
                .metrics
                .iter()
                .map(|metric| Metric {
                    name: metric.name.to_string(),
                    accumulator_id: metric.accumulator_id,
                    kind: metric.kind.to_string(),
                })
                .collect(),
        });
        id
    }

    fn edge(&mut self, child: i64, parent: Option<i64>) {
        if let Some(parent) = parent {
            self.graph.edges.push((child, parent));
        }
    }
}

/// The number in `WholeStageCodegen (3)`.
fn codegen_id(name: &str) -> Option<i64> {
    name.strip_prefix("WholeStageCodegen (")?
        .strip_suffix(')')?
        .parse()
        .ok()
}
