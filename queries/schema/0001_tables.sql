-- Schema 1. Never edited once released: changes go into the next numbered file.

create table schema_version (version bigint not null);
insert into schema_version values (1);

create table apps (
    app_key bigint not null primary key,
    app_id varchar not null,
    attempt varchar,
    app_name varchar not null,
    job varchar not null,
    kind varchar not null,
    engine varchar,
    tags varchar,
    "user" varchar not null,
    queue varchar,
    spark_version varchar,
    status varchar not null,
    local boolean not null,
    start timestamp not null,
    "end" timestamp not null,
    end_estimated boolean not null,
    dur_s double not null,
    exit_code bigint,
    executors bigint not null,
    peak_executors bigint not null,
    peak_cores bigint not null,
    never_used_executors bigint not null,
    jobs bigint not null,
    failed_jobs bigint not null,
    stages bigint not null,
    failed_stages bigint not null,
    tasks bigint not null,
    failed_tasks bigint not null,
    killed_tasks bigint not null,
    speculative_tasks bigint not null,
    unfinished_tasks bigint not null,
    sql_executions bigint not null,
    failed_sql bigint not null,
    alloc_core_h double,
    busy_core_h double not null,
    cpu_core_h double,
    idle_core_h double,
    alloc_gib_h double,
    idle_driver_gap_core_h double,
    idle_startup_core_h double,
    idle_tail_core_h double,
    idle_skew_tail_core_h double,
    idle_under_parallel_core_h double,
    wasted_core_h double not null,
    wasted_exception_core_h double not null,
    wasted_fetch_failed_core_h double not null,
    wasted_executor_lost_core_h double not null,
    wasted_killed_core_h double not null,
    wasted_commit_denied_core_h double not null,
    wasted_other_core_h double not null,
    wasted_recompute_core_h double not null,
    wasted_app_retry_core_h double not null,
    first_try_core_h double not null,
    gc_s double not null,
    run_s double not null,
    deserialize_s double not null,
    fetch_wait_s double not null,
    queue_wait_s double,
    input_bytes bigint not null,
    input_records bigint not null,
    output_bytes bigint not null,
    output_records bigint not null,
    shuffle_read_bytes bigint not null,
    shuffle_write_bytes bigint not null,
    memory_spill_bytes bigint not null,
    disk_spill_bytes bigint not null,
    result_bytes bigint not null,
    executor_memory_mib bigint,
    heap_mib bigint,
    peak_heap_bytes bigint,
    measured_core_h double,
    event_loss_pct double,
    compacted boolean not null,
    overhead_mib bigint,
    overhead_derived boolean,
    peak_unified_bytes bigint,
    driver_cores double not null,
    driver_memory_mib bigint not null,
    dynamic_allocation boolean not null,
    adaptive boolean,
    serializer varchar not null,
    java_version varchar,
    oom_failures bigint not null,
    replay_error_pct double,
    replay_executors bigint,
    likely_executors bigint,
    likely_dur_s double
);
comment on table apps is 'One row for each application attempt';
comment on column apps.app_key is 'Key of the application attempt in this file';
comment on column apps.app_id is 'Application id';
comment on column apps.attempt is 'Attempt id; NULL where the cluster manager gives none';
comment on column apps.app_name is 'Application name';
comment on column apps."user" is 'User that ran it (Spark''s `User`)';
comment on column apps.queue is 'spark.yarn.queue, else spark.kubernetes.namespace';
comment on column apps.spark_version is 'Spark version; NULL before Spark 1.4';
comment on column apps.status is 'succeeded, failed (exit code other than 0, or last job not successful), running (no end, log in progress), unknown (no end). A driver exception after good jobs cannot be seen';
comment on column apps.local is 'Local mode: tasks ran in the driver, nothing was allocated from a cluster';
comment on column apps.start is 'ApplicationStart, UTC';
comment on column apps."end" is 'ApplicationEnd, else the last event, UTC';
comment on column apps.end_estimated is 'No ApplicationEnd was seen: `end` is the last event';
comment on column apps.dur_s is 'end - start, in seconds';
comment on column apps.exit_code is 'ExitCode of ApplicationEnd (Spark 4); 0 proves nothing';
comment on column apps.executors is 'Executor lives, without the driver; 0 in local mode';
comment on column apps.peak_executors is 'Most executors alive at the same time';
comment on column apps.peak_cores is 'Most executor cores alive at the same time';
comment on column apps.never_used_executors is 'Executor lives that ended no task';
comment on column apps.jobs is 'Jobs, by distinct id';
comment on column apps.failed_jobs is 'Jobs that ended and did not succeed';
comment on column apps.stages is 'Stage attempts that were submitted, by distinct id and attempt';
comment on column apps.failed_stages is 'Stage attempts with a failure reason';
comment on column apps.tasks is 'Tasks that ended (Resubmitted ones are not counted again)';
comment on column apps.failed_tasks is 'Ended tasks that neither succeeded nor were killed';
comment on column apps.killed_tasks is 'Ended tasks with reason TaskKilled';
comment on column apps.speculative_tasks is 'Ended tasks that were speculative copies';
comment on column apps.unfinished_tasks is 'Tasks that started and whose end was never logged; their time counts nowhere';
comment on column apps.sql_executions is 'SQL executions';
comment on column apps.failed_sql is 'SQL executions that failed';
comment on column apps.alloc_core_h is 'Cores x executor life from registration to removal, in core-hours; NULL in local mode';
comment on column apps.busy_core_h is 'Task wall time x cores a task occupies, successful or not, in core-hours';
comment on column apps.cpu_core_h is 'CPU time of tasks, in core-hours; without Python workers and native engines; NULL before Spark 2.1';
comment on column apps.idle_core_h is 'alloc - busy, at least 0, in core-hours';
comment on column apps.alloc_gib_h is 'Container memory x executor life, in GiB-hours';
comment on column apps.idle_driver_gap_core_h is 'Part of alloc - busy while no job was active, in core-hours (signed)';
comment on column apps.idle_startup_core_h is 'Part of alloc - busy: executors that had not launched their first task while a job was active, in core-hours';
comment on column apps.idle_tail_core_h is 'Part of alloc - busy: executors that had finished their last task while a job was active, in core-hours';
comment on column apps.idle_skew_tail_core_h is 'Part of alloc - busy: cores waiting for running tasks with none left to launch, in core-hours (signed)';
comment on column apps.idle_under_parallel_core_h is 'Rest of alloc - busy while a job was active: fewer tasks than cores, in core-hours (signed)';
comment on column apps.wasted_core_h is 'Core-hours of tasks whose work was not used or was done before: sum of the wasted_* classes';
comment on column apps.wasted_exception_core_h is 'Core-hours of tasks that ended with an exception';
comment on column apps.wasted_fetch_failed_core_h is 'Core-hours of tasks that could not fetch shuffle data';
comment on column apps.wasted_executor_lost_core_h is 'Core-hours of tasks whose executor was lost';
comment on column apps.wasted_killed_core_h is 'Core-hours of killed tasks, the losers of speculation included';
comment on column apps.wasted_commit_denied_core_h is 'Core-hours of tasks that were not allowed to commit';
comment on column apps.wasted_other_core_h is 'Core-hours of tasks that failed for another reason';
comment on column apps.wasted_recompute_core_h is 'Core-hours of successful tasks of stage attempts after the first';
comment on column apps.wasted_app_retry_core_h is 'Core-hours of successful first tries of an attempt that did not succeed and was followed by another';
comment on column apps.first_try_core_h is 'Core-hours of successful tasks of first stage attempts';
comment on column apps.gc_s is 'JVM GC Time summed over tasks, in seconds; executor-wide per task, so use it as a ratio to run_s';
comment on column apps.run_s is 'Executor Run Time summed over tasks, in seconds';
comment on column apps.deserialize_s is 'Executor Deserialize Time summed over tasks, in seconds';
comment on column apps.fetch_wait_s is 'Fetch Wait Time summed over tasks, in seconds';
comment on column apps.queue_wait_s is 'First executor''s registration - start, in seconds, at least 0; NULL without executors';
comment on column apps.input_bytes is 'Bytes read from storage';
comment on column apps.input_records is 'Records read from storage';
comment on column apps.output_bytes is 'Bytes written to storage';
comment on column apps.output_records is 'Records written to storage';
comment on column apps.shuffle_read_bytes is 'Shuffle bytes read, local and remote';
comment on column apps.shuffle_write_bytes is 'Shuffle bytes written';
comment on column apps.memory_spill_bytes is 'Memory Bytes Spilled: size in memory (deserialised) of what was spilled';
comment on column apps.disk_spill_bytes is 'Disk Bytes Spilled: size on disk (serialised) of the same; never add the two';
comment on column apps.result_bytes is 'Result Size summed over tasks';
comment on column apps.executor_memory_mib is 'Container memory of a default-profile executor: heap, overhead, off-heap, PySpark, in MiB';
comment on column apps.heap_mib is 'Heap of a default-profile executor, in MiB';
comment on column apps.peak_heap_bytes is 'Largest measured JVM heap of any executor; NULL if never measured. A low peak proves waste, a high one nothing';
comment on column apps.measured_core_h is 'Part of alloc_core_h from executors whose heap was measured';
comment on column apps.event_loss_pct is 'Share of tasks of completed stages whose success was not logged, in percent; NULL without completed stages';
comment on column apps.compacted is 'The history server has dropped events of finished jobs: figures are what was left';
comment on column apps.tags is 'Tags as lines of key=value, sorted: labels and tags that cluster managers and schedulers put into the configuration, and those that [tags] names; NULL without any';
comment on column apps.job is 'The recurring job that this is a run of: a configured Spark property, else the application name with dates, counters and ids replaced by *; `shh jobs` shows how';
comment on column apps.kind is 'batch, streaming, service (a server, shell or notebook, or longer than 12 h) or local';
comment on column apps.engine is 'What ran the tasks, guessed from configuration: jvm, python, gluten, photon, comet or rapids; CPU and heap of the others than jvm are not all counted';
comment on column apps.overhead_mib is 'Memory overhead of an executor of the default resource profile, MiB; NULL without executors';
comment on column apps.overhead_derived is 'Whether the overhead follows from the heap, because none was configured';
comment on column apps.peak_unified_bytes is 'Largest measured execution and storage memory of any executor, bytes; NULL if never measured';
comment on column apps.driver_cores is 'spark.driver.cores, 1 if not set';
comment on column apps.driver_memory_mib is 'Container memory of the driver: heap and overhead, MiB';
comment on column apps.dynamic_allocation is 'spark.dynamicAllocation.enabled';
comment on column apps.adaptive is 'spark.sql.adaptive.enabled, by the version''s default if not set; NULL if the version is not known';
comment on column apps.serializer is 'The serializer''s class without its package';
comment on column apps.java_version is 'Java version, up to the first blank';
comment on column apps.oom_failures is 'Signs of memory exhaustion: executors removed for memory, and tasks that failed with an out-of-memory error';
comment on column apps.replay_error_pct is 'How far the replay of the recorded tasks on as many executors as there were is from the real duration, in percent; NULL if not replayed';
comment on column apps.replay_executors is 'Executors that the replay takes for today''s: the mean held while any stage ran, rounded, at least 1';
comment on column apps.likely_executors is 'Fewest executors with which the replay takes at most 105 % of today''s replay; NULL if not replayed';
comment on column apps.likely_dur_s is 'Replayed duration with likely_executors, s';

create table executors (
    app_key bigint not null,
    executor_id varchar not null,
    life bigint not null,
    host varchar not null,
    cores bigint not null,
    resource_profile bigint not null,
    memory_mib bigint not null,
    heap_mib bigint not null,
    requested timestamp,
    start timestamp not null,
    "end" timestamp not null,
    removed boolean not null,
    removed_class varchar,
    removed_reason varchar,
    first_task timestamp,
    last_task timestamp,
    tasks bigint not null,
    failed_tasks bigint not null,
    busy_core_h double not null,
    wasted_core_h double not null,
    peak_heap_bytes bigint,
    peak_unified_bytes bigint,
    peak_rss_bytes bigint
);
comment on table executors is 'One row for each executor life (the driver is none)';
comment on column executors.app_key is 'Key of the application attempt (apps.app_key)';
comment on column executors.executor_id is 'Executor id';
comment on column executors.life is '1 for the first life of the id, 2 if it was added again after a removal';
comment on column executors.host is 'Host';
comment on column executors.cores is 'Total Cores';
comment on column executors.resource_profile is 'Resource profile id; 0 is the default';
comment on column executors.memory_mib is 'Container memory, in MiB';
comment on column executors.heap_mib is 'JVM heap, in MiB';
comment on column executors.requested is 'When it was asked for (Spark 3.4 and later, some cluster managers), UTC';
comment on column executors.start is 'Registration, cut to the application''s life, UTC';
comment on column executors."end" is 'Removal, else the application''s end, UTC';
comment on column executors.removed is 'A removal was logged';
comment on column executors.removed_class is 'released, node, memory, heartbeat, stopped, crash or unknown';
comment on column executors.removed_reason is 'Removed Reason';
comment on column executors.first_task is 'First task launch, UTC';
comment on column executors.last_task is 'Last task finish, UTC';
comment on column executors.tasks is 'Tasks that ended';
comment on column executors.failed_tasks is 'Ended tasks that neither succeeded nor were killed';
comment on column executors.busy_core_h is 'Task wall time x cores a task occupies, in core-hours';
comment on column executors.peak_heap_bytes is 'Largest measured JVM heap; NULL if never measured';
comment on column executors.peak_unified_bytes is 'Largest measured on-heap execution + storage memory; NULL if never measured';
comment on column executors.peak_rss_bytes is 'Largest measured resident memory of JVM, Python and other processes together; NULL if never measured';
comment on column executors.wasted_core_h is 'Core-hours of its tasks whose work was not used, by their own failure';

create table jobs (
    app_key bigint not null,
    job_id bigint not null,
    status varchar not null,
    submitted timestamp,
    completed timestamp,
    stages bigint not null,
    sql_execution_id bigint,
    job_group varchar,
    description varchar,
    failure varchar
);
comment on table jobs is 'One row for each job';
comment on column jobs.app_key is 'Key of the application attempt (apps.app_key)';
comment on column jobs.job_id is 'Job id';
comment on column jobs.status is 'succeeded, failed or running (no end logged)';
comment on column jobs.submitted is 'UTC';
comment on column jobs.completed is 'UTC';
comment on column jobs.stages is 'Stages the job names, skipped ones included';
comment on column jobs.sql_execution_id is 'SQL execution it belongs to';
comment on column jobs.job_group is 'spark.jobGroup.id';
comment on column jobs.description is 'spark.job.description, cut and redacted';
comment on column jobs.failure is 'Message of the exception, cut and redacted';

create table stages (
    app_key bigint not null,
    stage_id bigint not null,
    stage_attempt bigint not null,
    name varchar not null,
    status varchar not null,
    num_tasks bigint not null,
    resource_profile bigint not null,
    submitted timestamp,
    completed timestamp,
    failure varchar,
    tasks bigint not null,
    failed_tasks bigint not null,
    killed_tasks bigint not null,
    speculative_tasks bigint not null,
    busy_core_h double not null,
    skew_tail_core_h double,
    run_s double not null,
    cpu_s double,
    gc_s double not null,
    deserialize_s double not null,
    fetch_wait_s double not null,
    shuffle_write_s double not null,
    input_bytes bigint not null,
    input_records bigint not null,
    output_bytes bigint not null,
    output_records bigint not null,
    shuffle_read_bytes bigint not null,
    shuffle_read_records bigint not null,
    shuffle_write_bytes bigint not null,
    shuffle_write_records bigint not null,
    memory_spill_bytes bigint not null,
    disk_spill_bytes bigint not null,
    result_bytes bigint not null,
    files_read bigint,
    files_read_bytes bigint,
    files_written bigint,
    files_written_bytes bigint,
    dur_ms_min bigint,
    dur_ms_p25 bigint,
    dur_ms_p50 bigint,
    dur_ms_p75 bigint,
    dur_ms_p95 bigint,
    dur_ms_p99 bigint,
    dur_ms_max bigint,
    run_ms_min bigint,
    run_ms_p25 bigint,
    run_ms_p50 bigint,
    run_ms_p75 bigint,
    run_ms_p95 bigint,
    run_ms_p99 bigint,
    run_ms_max bigint,
    gc_ms_min bigint,
    gc_ms_p25 bigint,
    gc_ms_p50 bigint,
    gc_ms_p75 bigint,
    gc_ms_p95 bigint,
    gc_ms_p99 bigint,
    gc_ms_max bigint,
    input_bytes_min bigint,
    input_bytes_p25 bigint,
    input_bytes_p50 bigint,
    input_bytes_p75 bigint,
    input_bytes_p95 bigint,
    input_bytes_p99 bigint,
    input_bytes_max bigint,
    shuffle_read_bytes_min bigint,
    shuffle_read_bytes_p25 bigint,
    shuffle_read_bytes_p50 bigint,
    shuffle_read_bytes_p75 bigint,
    shuffle_read_bytes_p95 bigint,
    shuffle_read_bytes_p99 bigint,
    shuffle_read_bytes_max bigint,
    shuffle_write_bytes_min bigint,
    shuffle_write_bytes_p25 bigint,
    shuffle_write_bytes_p50 bigint,
    shuffle_write_bytes_p75 bigint,
    shuffle_write_bytes_p95 bigint,
    shuffle_write_bytes_p99 bigint,
    shuffle_write_bytes_max bigint,
    memory_spill_bytes_min bigint,
    memory_spill_bytes_p25 bigint,
    memory_spill_bytes_p50 bigint,
    memory_spill_bytes_p75 bigint,
    memory_spill_bytes_p95 bigint,
    memory_spill_bytes_p99 bigint,
    memory_spill_bytes_max bigint,
    disk_spill_bytes_min bigint,
    disk_spill_bytes_p25 bigint,
    disk_spill_bytes_p50 bigint,
    disk_spill_bytes_p75 bigint,
    disk_spill_bytes_p95 bigint,
    disk_spill_bytes_p99 bigint,
    disk_spill_bytes_max bigint,
    peak_execution_bytes_min bigint,
    peak_execution_bytes_p25 bigint,
    peak_execution_bytes_p50 bigint,
    peak_execution_bytes_p75 bigint,
    peak_execution_bytes_p95 bigint,
    peak_execution_bytes_p99 bigint,
    peak_execution_bytes_max bigint
);
comment on table stages is 'One row for each stage attempt that was submitted';
comment on column stages.app_key is 'Key of the application attempt (apps.app_key)';
comment on column stages.stage_id is 'Stage id';
comment on column stages.stage_attempt is '0 for the first attempt';
comment on column stages.name is 'Stage name (call site)';
comment on column stages.status is 'complete, failed or active (no completion logged)';
comment on column stages.num_tasks is 'Number of Tasks';
comment on column stages.resource_profile is 'Resource profile id';
comment on column stages.submitted is 'UTC';
comment on column stages.completed is 'UTC';
comment on column stages.failure is 'Failure Reason, cut and redacted';
comment on column stages.tasks is 'Tasks that ended (Resubmitted ones are not counted again)';
comment on column stages.failed_tasks is 'Ended tasks that neither succeeded nor were killed';
comment on column stages.killed_tasks is 'Ended tasks with reason TaskKilled';
comment on column stages.speculative_tasks is 'Ended tasks that were speculative copies';
comment on column stages.busy_core_h is 'Task wall time x cores a task occupies, in core-hours';
comment on column stages.run_s is 'Executor Run Time summed over tasks, in seconds';
comment on column stages.cpu_s is 'Executor CPU Time summed over tasks, in seconds; NULL before Spark 2.1';
comment on column stages.gc_s is 'JVM GC Time summed over tasks, in seconds';
comment on column stages.deserialize_s is 'Executor Deserialize Time summed over tasks, in seconds';
comment on column stages.fetch_wait_s is 'Fetch Wait Time summed over tasks, in seconds';
comment on column stages.shuffle_write_s is 'Shuffle Write Time summed over tasks, in seconds';
comment on column stages.input_bytes is 'Bytes read from storage';
comment on column stages.input_records is 'Records read from storage';
comment on column stages.output_bytes is 'Bytes written to storage';
comment on column stages.output_records is 'Records written to storage';
comment on column stages.shuffle_read_bytes is 'Shuffle bytes read, local and remote';
comment on column stages.shuffle_read_records is 'Shuffle records read';
comment on column stages.shuffle_write_bytes is 'Shuffle bytes written';
comment on column stages.shuffle_write_records is 'Shuffle records written';
comment on column stages.memory_spill_bytes is 'Memory Bytes Spilled';
comment on column stages.disk_spill_bytes is 'Disk Bytes Spilled';
comment on column stages.result_bytes is 'Result Size summed over tasks';
comment on column stages.files_read is 'Files that the scans of the stage read, by the counter of their node in the SQL plan (number of files read); a scan of several stage attempts counts at the one that completed first; NULL if no node counts files';
comment on column stages.files_read_bytes is 'Size of these files (size of files read), of which the tasks may have read a part; NULL before Spark 3.0';
comment on column stages.files_written is 'Files that the stage wrote, by the counter of the node in the SQL plan (number of written files); NULL if no node counts files';
comment on column stages.files_written_bytes is 'Size of these files (written output)';
comment on column stages.dur_ms_min is 'Wall time, finish - launch, in ms: minimum over successful tasks, exact';
comment on column stages.dur_ms_p25 is 'Wall time, finish - launch, in ms: 25th percentile over successful tasks, exact';
comment on column stages.dur_ms_p50 is 'Wall time, finish - launch, in ms: median over successful tasks, exact';
comment on column stages.dur_ms_p75 is 'Wall time, finish - launch, in ms: 75th percentile over successful tasks, exact';
comment on column stages.dur_ms_p95 is 'Wall time, finish - launch, in ms: 95th percentile over successful tasks, exact';
comment on column stages.dur_ms_p99 is 'Wall time, finish - launch, in ms: 99th percentile over successful tasks, exact';
comment on column stages.dur_ms_max is 'Wall time, finish - launch, in ms: maximum over successful tasks, exact';
comment on column stages.run_ms_min is 'Executor Run Time, in ms: minimum over successful tasks, exact';
comment on column stages.run_ms_p25 is 'Executor Run Time, in ms: 25th percentile over successful tasks, exact';
comment on column stages.run_ms_p50 is 'Executor Run Time, in ms: median over successful tasks, exact';
comment on column stages.run_ms_p75 is 'Executor Run Time, in ms: 75th percentile over successful tasks, exact';
comment on column stages.run_ms_p95 is 'Executor Run Time, in ms: 95th percentile over successful tasks, exact';
comment on column stages.run_ms_p99 is 'Executor Run Time, in ms: 99th percentile over successful tasks, exact';
comment on column stages.run_ms_max is 'Executor Run Time, in ms: maximum over successful tasks, exact';
comment on column stages.gc_ms_min is 'JVM GC Time, in ms: minimum over successful tasks, exact';
comment on column stages.gc_ms_p25 is 'JVM GC Time, in ms: 25th percentile over successful tasks, exact';
comment on column stages.gc_ms_p50 is 'JVM GC Time, in ms: median over successful tasks, exact';
comment on column stages.gc_ms_p75 is 'JVM GC Time, in ms: 75th percentile over successful tasks, exact';
comment on column stages.gc_ms_p95 is 'JVM GC Time, in ms: 95th percentile over successful tasks, exact';
comment on column stages.gc_ms_p99 is 'JVM GC Time, in ms: 99th percentile over successful tasks, exact';
comment on column stages.gc_ms_max is 'JVM GC Time, in ms: maximum over successful tasks, exact';
comment on column stages.input_bytes_min is 'Bytes read from storage: minimum over successful tasks, exact';
comment on column stages.input_bytes_p25 is 'Bytes read from storage: 25th percentile over successful tasks, exact';
comment on column stages.input_bytes_p50 is 'Bytes read from storage: median over successful tasks, exact';
comment on column stages.input_bytes_p75 is 'Bytes read from storage: 75th percentile over successful tasks, exact';
comment on column stages.input_bytes_p95 is 'Bytes read from storage: 95th percentile over successful tasks, exact';
comment on column stages.input_bytes_p99 is 'Bytes read from storage: 99th percentile over successful tasks, exact';
comment on column stages.input_bytes_max is 'Bytes read from storage: maximum over successful tasks, exact';
comment on column stages.shuffle_read_bytes_min is 'Shuffle bytes read: minimum over successful tasks, exact';
comment on column stages.shuffle_read_bytes_p25 is 'Shuffle bytes read: 25th percentile over successful tasks, exact';
comment on column stages.shuffle_read_bytes_p50 is 'Shuffle bytes read: median over successful tasks, exact';
comment on column stages.shuffle_read_bytes_p75 is 'Shuffle bytes read: 75th percentile over successful tasks, exact';
comment on column stages.shuffle_read_bytes_p95 is 'Shuffle bytes read: 95th percentile over successful tasks, exact';
comment on column stages.shuffle_read_bytes_p99 is 'Shuffle bytes read: 99th percentile over successful tasks, exact';
comment on column stages.shuffle_read_bytes_max is 'Shuffle bytes read: maximum over successful tasks, exact';
comment on column stages.shuffle_write_bytes_min is 'Shuffle bytes written: minimum over successful tasks, exact';
comment on column stages.shuffle_write_bytes_p25 is 'Shuffle bytes written: 25th percentile over successful tasks, exact';
comment on column stages.shuffle_write_bytes_p50 is 'Shuffle bytes written: median over successful tasks, exact';
comment on column stages.shuffle_write_bytes_p75 is 'Shuffle bytes written: 75th percentile over successful tasks, exact';
comment on column stages.shuffle_write_bytes_p95 is 'Shuffle bytes written: 95th percentile over successful tasks, exact';
comment on column stages.shuffle_write_bytes_p99 is 'Shuffle bytes written: 99th percentile over successful tasks, exact';
comment on column stages.shuffle_write_bytes_max is 'Shuffle bytes written: maximum over successful tasks, exact';
comment on column stages.memory_spill_bytes_min is 'Memory Bytes Spilled: minimum over successful tasks, exact';
comment on column stages.memory_spill_bytes_p25 is 'Memory Bytes Spilled: 25th percentile over successful tasks, exact';
comment on column stages.memory_spill_bytes_p50 is 'Memory Bytes Spilled: median over successful tasks, exact';
comment on column stages.memory_spill_bytes_p75 is 'Memory Bytes Spilled: 75th percentile over successful tasks, exact';
comment on column stages.memory_spill_bytes_p95 is 'Memory Bytes Spilled: 95th percentile over successful tasks, exact';
comment on column stages.memory_spill_bytes_p99 is 'Memory Bytes Spilled: 99th percentile over successful tasks, exact';
comment on column stages.memory_spill_bytes_max is 'Memory Bytes Spilled: maximum over successful tasks, exact';
comment on column stages.disk_spill_bytes_min is 'Disk Bytes Spilled: minimum over successful tasks, exact';
comment on column stages.disk_spill_bytes_p25 is 'Disk Bytes Spilled: 25th percentile over successful tasks, exact';
comment on column stages.disk_spill_bytes_p50 is 'Disk Bytes Spilled: median over successful tasks, exact';
comment on column stages.disk_spill_bytes_p75 is 'Disk Bytes Spilled: 75th percentile over successful tasks, exact';
comment on column stages.disk_spill_bytes_p95 is 'Disk Bytes Spilled: 95th percentile over successful tasks, exact';
comment on column stages.disk_spill_bytes_p99 is 'Disk Bytes Spilled: 99th percentile over successful tasks, exact';
comment on column stages.disk_spill_bytes_max is 'Disk Bytes Spilled: maximum over successful tasks, exact';
comment on column stages.peak_execution_bytes_min is 'Peak Execution Memory, in bytes: minimum over successful tasks, exact';
comment on column stages.peak_execution_bytes_p25 is 'Peak Execution Memory, in bytes: 25th percentile over successful tasks, exact';
comment on column stages.peak_execution_bytes_p50 is 'Peak Execution Memory, in bytes: median over successful tasks, exact';
comment on column stages.peak_execution_bytes_p75 is 'Peak Execution Memory, in bytes: 75th percentile over successful tasks, exact';
comment on column stages.peak_execution_bytes_p95 is 'Peak Execution Memory, in bytes: 95th percentile over successful tasks, exact';
comment on column stages.peak_execution_bytes_p99 is 'Peak Execution Memory, in bytes: 99th percentile over successful tasks, exact';
comment on column stages.peak_execution_bytes_max is 'Peak Execution Memory, in bytes: maximum over successful tasks, exact';
comment on column stages.skew_tail_core_h is 'Idle core-hours while only last tasks ran and none was left to launch, shared among the stages by their running tasks; NULL in local mode';

create table sql_executions (
    app_key bigint not null,
    execution_id bigint not null,
    root_execution_id bigint,
    status varchar not null,
    submitted timestamp,
    completed timestamp,
    description varchar,
    failure varchar
);
comment on table sql_executions is 'One row for each SQL execution';
comment on column sql_executions.app_key is 'Key of the application attempt (apps.app_key)';
comment on column sql_executions.execution_id is 'Execution id';
comment on column sql_executions.root_execution_id is 'Execution that started it (Spark 3.4 and later)';
comment on column sql_executions.status is 'succeeded, failed or running (no end logged)';
comment on column sql_executions.submitted is 'UTC';
comment on column sql_executions.completed is 'UTC';
comment on column sql_executions.description is 'Description, cut and redacted';
comment on column sql_executions.failure is 'Error message, cut and redacted';

create table failures (
    app_key bigint not null,
    what varchar not null,
    class varchar not null,
    reason varchar,
    count bigint not null,
    wasted_core_h double not null,
    first_seen timestamp,
    last_seen timestamp
);
comment on table failures is 'One row for each kind of failure within an application attempt';
comment on column failures.app_key is 'Key of the application attempt (apps.app_key)';
comment on column failures.what is 'task, stage, job or sql';
comment on column failures.class is 'Exception class, else Spark''s reason';
comment on column failures.reason is 'First line of the message with numbers and ids replaced by *, redacted';
comment on column failures.count is 'How often';
comment on column failures.wasted_core_h is 'Core-hours of the failed tasks; 0 for stages, jobs and executions, whose tasks have their own rows';
comment on column failures.first_seen is 'UTC';
comment on column failures.last_seen is 'UTC';

create table conf (
    app_key bigint not null,
    key varchar not null,
    value varchar not null
);
comment on table conf is 'Chosen configuration of application attempts, redacted as Spark does';
comment on column conf.app_key is 'Key of the application attempt (apps.app_key)';
comment on column conf.key is 'Spark property; also java.version and sun.java.command';
comment on column conf.value is 'Value, at most 400 characters';

create table resource_profiles (
    app_key bigint not null,
    resource_profile bigint not null,
    executor_cores bigint,
    heap_mib bigint,
    overhead_mib bigint,
    off_heap_mib bigint,
    pyspark_mib bigint,
    memory_mib bigint not null,
    task_cpus double not null
);
comment on table resource_profiles is 'One row for each resource profile of an application attempt';
comment on column resource_profiles.app_key is 'Key of the application attempt (apps.app_key)';
comment on column resource_profiles.resource_profile is 'Resource profile id; 0 is the default';
comment on column resource_profiles.executor_cores is 'Cores requested per executor';
comment on column resource_profiles.heap_mib is 'Heap requested, in MiB';
comment on column resource_profiles.overhead_mib is 'Overhead requested, in MiB';
comment on column resource_profiles.off_heap_mib is 'Off-heap memory requested, in MiB';
comment on column resource_profiles.pyspark_mib is 'PySpark memory requested, in MiB';
comment on column resource_profiles.memory_mib is 'Container memory that results, in MiB';
comment on column resource_profiles.task_cpus is 'Cores a task occupies';

create table usage (
    app_key bigint not null,
    hour timestamp not null,
    alloc_core_h double,
    alloc_gib_h double,
    busy_core_h double not null,
    cpu_core_h double,
    idle_driver_gap_core_h double,
    idle_startup_core_h double,
    idle_tail_core_h double,
    idle_skew_tail_core_h double,
    idle_under_parallel_core_h double,
    wasted_core_h double not null,
    wasted_exception_core_h double not null,
    wasted_fetch_failed_core_h double not null,
    wasted_executor_lost_core_h double not null,
    wasted_killed_core_h double not null,
    wasted_commit_denied_core_h double not null,
    wasted_other_core_h double not null,
    wasted_recompute_core_h double not null,
    wasted_app_retry_core_h double not null,
    first_try_core_h double not null,
    tasks bigint not null,
    failed_tasks bigint not null,
    killed_tasks bigint not null,
    speculative_tasks bigint not null,
    oom_failures bigint not null,
    node_losses bigint not null,
    gc_s double not null,
    run_s double not null,
    deserialize_s double not null,
    fetch_wait_s double not null,
    input_bytes bigint not null,
    input_records bigint not null,
    output_bytes bigint not null,
    output_records bigint not null,
    shuffle_read_bytes bigint not null,
    shuffle_write_bytes bigint not null,
    memory_spill_bytes bigint not null,
    disk_spill_bytes bigint not null,
    result_bytes bigint not null
);
comment on table usage is 'What each application attempt used in each hour: allocation and busy time are cut at full hours, everything else counts in the hour in which its task ended';
comment on column usage.app_key is 'Key of the application attempt (apps.app_key)';
comment on column usage.hour is 'Start of the hour, UTC';
comment on column usage.alloc_core_h is 'Cores x executor life within the hour, in core-hours; NULL in local mode';
comment on column usage.alloc_gib_h is 'Container memory x executor life within the hour, in GiB-hours; NULL in local mode';
comment on column usage.busy_core_h is 'Task wall time within the hour x cores a task occupies, in core-hours';
comment on column usage.cpu_core_h is 'CPU time of tasks, in core-hours; NULL before Spark 2.1';
comment on column usage.idle_driver_gap_core_h is 'Part of alloc - busy while no job was active, in core-hours (signed)';
comment on column usage.idle_startup_core_h is 'Part of alloc - busy: executors that had not launched their first task while a job was active, in core-hours';
comment on column usage.idle_tail_core_h is 'Part of alloc - busy: executors that had finished their last task while a job was active, in core-hours';
comment on column usage.idle_skew_tail_core_h is 'Part of alloc - busy: cores waiting for running tasks with none left to launch, in core-hours (signed)';
comment on column usage.idle_under_parallel_core_h is 'Rest of alloc - busy while a job was active: fewer tasks than cores, in core-hours (signed)';
comment on column usage.wasted_core_h is 'Core-hours of tasks whose work was not used or was done before: sum of the wasted_* classes';
comment on column usage.wasted_exception_core_h is 'Core-hours of tasks that ended with an exception';
comment on column usage.wasted_fetch_failed_core_h is 'Core-hours of tasks that could not fetch shuffle data';
comment on column usage.wasted_executor_lost_core_h is 'Core-hours of tasks whose executor was lost';
comment on column usage.wasted_killed_core_h is 'Core-hours of killed tasks, the losers of speculation included';
comment on column usage.wasted_commit_denied_core_h is 'Core-hours of tasks that were not allowed to commit';
comment on column usage.wasted_other_core_h is 'Core-hours of tasks that failed for another reason';
comment on column usage.wasted_recompute_core_h is 'Core-hours of successful tasks of stage attempts after the first';
comment on column usage.wasted_app_retry_core_h is 'Core-hours of successful first tries of an attempt that did not succeed and was followed by another';
comment on column usage.first_try_core_h is 'Core-hours of successful tasks of first stage attempts';
comment on column usage.tasks is 'Tasks that ended (Resubmitted ones are not counted again)';
comment on column usage.failed_tasks is 'Ended tasks that neither succeeded nor were killed';
comment on column usage.killed_tasks is 'Ended tasks with reason TaskKilled';
comment on column usage.speculative_tasks is 'Ended tasks that were speculative copies';
comment on column usage.oom_failures is 'Signs of memory exhaustion within the hour: executors removed for memory, and tasks that ended with an out-of-memory error';
comment on column usage.node_losses is 'Executors removed within the hour because their node was lost, preempted or decommissioned';
comment on column usage.gc_s is 'JVM GC Time summed over tasks, in seconds; executor-wide per task, so use it as a ratio to run_s';
comment on column usage.run_s is 'Executor Run Time summed over tasks, in seconds';
comment on column usage.deserialize_s is 'Executor Deserialize Time summed over tasks, in seconds';
comment on column usage.fetch_wait_s is 'Fetch Wait Time summed over tasks, in seconds';
comment on column usage.input_bytes is 'Bytes read from storage';
comment on column usage.input_records is 'Records read from storage';
comment on column usage.output_bytes is 'Bytes written to storage';
comment on column usage.output_records is 'Records written to storage';
comment on column usage.shuffle_read_bytes is 'Shuffle bytes read, local and remote';
comment on column usage.shuffle_write_bytes is 'Shuffle bytes written';
comment on column usage.memory_spill_bytes is 'Memory Bytes Spilled: size in memory (deserialised) of what was spilled';
comment on column usage.disk_spill_bytes is 'Disk Bytes Spilled: size on disk (serialised) of the same; never add the two';
comment on column usage.result_bytes is 'Result Size summed over tasks';

create table fleet_minutes (
    minute timestamp not null,
    cores double not null,
    peak_cores double not null,
    memory_gib double not null,
    peak_memory_gib double not null,
    executors double not null,
    peak_executors double not null,
    applications double not null,
    peak_applications double not null
);
comment on table fleet_minutes is 'What all cluster applications held together in each minute (local mode left out); follows executors and apps';
comment on column fleet_minutes.minute is 'Start of the minute, UTC';
comment on column fleet_minutes.cores is 'Cores held, mean over the minute';
comment on column fleet_minutes.peak_cores is 'Cores held, highest instant';
comment on column fleet_minutes.memory_gib is 'Container memory held, mean over the minute, in GiB';
comment on column fleet_minutes.peak_memory_gib is 'Container memory held, highest instant, in GiB';
comment on column fleet_minutes.executors is 'Executors alive, mean over the minute';
comment on column fleet_minutes.peak_executors is 'Executors alive, highest instant';
comment on column fleet_minutes.applications is 'Applications running, mean over the minute';
comment on column fleet_minutes.peak_applications is 'Applications running, highest instant';

create table logs (
    path varchar not null,
    app_key bigint,
    app_id varchar,
    attempt varchar,
    outcome varchar not null,
    message varchar,
    codec varchar,
    rolling boolean not null,
    compacted boolean not null,
    in_progress boolean not null,
    files bigint not null,
    last_index bigint,
    size_bytes bigint not null,
    modified_ms bigint not null,
    directory_modified_ms bigint,
    decoded_bytes bigint not null,
    events bigint not null,
    malformed_lines bigint not null,
    oversized_lines bigint not null,
    has_end boolean not null,
    last_event timestamp,
    parser_version bigint not null,
    ingest_id bigint not null
);
comment on table logs is 'What was read: one row for each log found';
comment on column logs.path is 'Path or URI of the log file or rolling directory';
comment on column logs.app_key is 'Application attempt whose rows came from this log; NULL if none did';
comment on column logs.app_id is 'Application id, if the log named one';
comment on column logs.attempt is 'Attempt id';
comment on column logs.outcome is 'complete, running (in progress), unfinished (no ApplicationEnd), damaged (some of it could not be read), duplicate (another log of the same attempt was preferred), pruned (its application ended before the limit of a prune; it is not read again), rejected (a rolling directory that lacks a file), no_application (no ApplicationStart with an id), unreadable (nothing could be read)';
comment on column logs.message is 'What is wrong, if anything';
comment on column logs.codec is 'plain, zstd, lz4, snappy, lzf or gzip';
comment on column logs.rolling is 'A rolling directory (eventlog_v2_*)';
comment on column logs.compacted is 'Compacted by the history server';
comment on column logs.in_progress is 'The name says that the application runs';
comment on column logs.files is 'Event files read';
comment on column logs.last_index is 'Index of the last rolled file';
comment on column logs.size_bytes is 'Size of the files, compressed';
comment on column logs.modified_ms is 'Newest modification time, ms since the epoch';
comment on column logs.directory_modified_ms is 'Modification time of a rolling directory, ms since the epoch; NULL if it cannot be relied on yet';
comment on column logs.decoded_bytes is 'Bytes after decompression';
comment on column logs.events is 'Lines read as events';
comment on column logs.malformed_lines is 'Lines that are no event';
comment on column logs.oversized_lines is 'Lines longer than the limit';
comment on column logs.has_end is 'An ApplicationEnd was seen';
comment on column logs.last_event is 'Latest time in the log, UTC';
comment on column logs.parser_version is 'Version of the parser that read it; older ones are read again';
comment on column logs.ingest_id is 'Ingest that read it (ingests.ingest_id)';

create table ingests (
    ingest_id bigint not null,
    started timestamp not null,
    finished timestamp not null,
    logs bigint not null,
    events bigint not null,
    decoded_bytes bigint not null,
    damaged_logs bigint not null,
    shh_version varchar not null
);
comment on table ingests is 'One row for each ingest that changed something';
comment on column ingests.ingest_id is '1, 2, 3 ...';
comment on column ingests.started is 'UTC';
comment on column ingests.finished is 'UTC';
comment on column ingests.logs is 'Logs read';
comment on column ingests.events is 'Events read';
comment on column ingests.decoded_bytes is 'Bytes after decompression';
comment on column ingests.damaged_logs is 'Logs that could not be read in full';
comment on column ingests.shh_version is 'Version of shh';

create table naming (fingerprint varchar not null);
insert into naming values ('');
comment on table naming is 'The rules by which jobs and tags were named';
comment on column naming.fingerprint is 'Equal for equal rules; empty before any';

create table prunes (
    pruned_before timestamp not null,
    finished timestamp not null,
    applications bigint not null,
    shh_version varchar not null
);
comment on table prunes is 'One row for each prune that removed something';
comment on column prunes.pruned_before is 'Applications that ended before this moment were removed, with usage and fleet_minutes up to it, UTC';
comment on column prunes.finished is 'UTC';
comment on column prunes.applications is 'Application attempts removed';
comment on column prunes.shh_version is 'Version of shh';

comment on table schema_version is 'Number of the newest schema file applied';
comment on column schema_version.version is '1, 2, 3 ...';
