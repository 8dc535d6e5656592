//! `shh jobs`: how a name becomes that of a job.

use clap::Args;

/// Show step by step which recurring job an application name belongs to
///
/// Runs of the same work are told by a configured Spark property, else by the application's name,
/// with dates, ids and counters taken out. Rules are in [jobs] of the configuration file.
/// `shh report jobs` lists the jobs that there are.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
Examples:
  shh jobs etl_orders_2026-11-05_17
  shh jobs 'Spark shell' --conf 'sun.java.command=SparkSubmit --class com.acme.Etl etl.jar'
  shh jobs anything --conf spark.airflow.dag_id=orders --conf spark.airflow.task_id=load")]
pub struct JobsArgs {
    /// Application name to explain
    #[arg(value_name = "NAME", required = true)]
    pub name: Vec<String>,

    /// A property the application would have; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    pub conf: Vec<String>,
}
