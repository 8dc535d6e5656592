# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_shh_global_optspecs
    string join \n c/config= database= q/quiet v/verbose color= no-progress h/help V/version
end

function __fish_shh_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_shh_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_shh_using_subcommand
    set -l cmd (__fish_shh_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c shh -n "__fish_shh_needs_command" -s c -l config -d 'Configuration file' -r -F
complete -c shh -n "__fish_shh_needs_command" -l database -d 'Database file, or an export to ask' -r -F
complete -c shh -n "__fish_shh_needs_command" -l color -d 'When to use colors' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shh -n "__fish_shh_needs_command" -s q -l quiet -d 'Say nothing but errors and warnings'
complete -c shh -n "__fish_shh_needs_command" -s v -l verbose -d 'Say more: what is done and how long it took (-vv: in detail)'
complete -c shh -n "__fish_shh_needs_command" -l no-progress -d 'Show no progress bars'
complete -c shh -n "__fish_shh_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shh -n "__fish_shh_needs_command" -s V -l version -d 'Print version'
complete -c shh -n "__fish_shh_needs_command" -f -a "ingest" -d 'Find new or grown event logs, fold them, publish the figures'
complete -c shh -n "__fish_shh_needs_command" -f -a "report" -d 'Print a report; without a name, list the reports'
complete -c shh -n "__fish_shh_needs_command" -f -a "trends" -d 'Print a time series; without a name, list the trends'
complete -c shh -n "__fish_shh_needs_command" -f -a "serve" -d 'Serve dashboard, analytics API and Spark\'s REST API over HTTP'
complete -c shh -n "__fish_shh_needs_command" -f -a "jobs" -d 'Show step by step which recurring job an application name belongs to'
complete -c shh -n "__fish_shh_needs_command" -f -a "sql" -d 'Ask the database in SQL'
complete -c shh -n "__fish_shh_needs_command" -f -a "export" -d 'Write every table as Parquet'
complete -c shh -n "__fish_shh_needs_command" -f -a "prune" -d 'Remove applications that ended long ago'
complete -c shh -n "__fish_shh_needs_command" -f -a "compact" -d 'Write the database anew, in the order of time and without free space'
complete -c shh -n "__fish_shh_needs_command" -f -a "source" -d 'Try out whether logs on other machines can be read'
complete -c shh -n "__fish_shh_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c shh -n "__fish_shh_using_subcommand ingest" -s l -l log-directory -d 'Directory of event logs; may be given several times' -r -f -a "(__fish_complete_directories)"
complete -c shh -n "__fish_shh_using_subcommand ingest" -l depth -d 'Nested directories to look into [default: 4]' -r
complete -c shh -n "__fish_shh_using_subcommand ingest" -l since -d 'Only logs modified since then (2026-11-01, 7d, ...)' -r
complete -c shh -n "__fish_shh_using_subcommand ingest" -l max-applications -d 'Read at most so many logs in this run, newest first (0: all)' -r
complete -c shh -n "__fish_shh_using_subcommand ingest" -l hdfs-namenode -d 'Name node, hdfs://HOST:PORT or hdfs://NAMESERVICE' -r
complete -c shh -n "__fish_shh_using_subcommand ingest" -l kerberos-principal -d 'Kerberos principal to be, such as spark@EXAMPLE.COM' -r
complete -c shh -n "__fish_shh_using_subcommand ingest" -l keytab-path -d 'Keytab of the principal; no kinit is needed' -r -F
complete -c shh -n "__fish_shh_using_subcommand ingest" -l s3-bucket -d 'Bucket that --s3 means' -r
complete -c shh -n "__fish_shh_using_subcommand ingest" -l s3-region -d 'Region [default: the environment\'s, the profile\'s or the machine\'s]' -r
complete -c shh -n "__fish_shh_using_subcommand ingest" -l s3-endpoint -d 'Endpoint of an S3 look-alike, such as http://127.0.0.1:9000' -r
complete -c shh -n "__fish_shh_using_subcommand ingest" -l s3-profile -d 'Profile of the AWS configuration to take credentials from' -r
complete -c shh -n "__fish_shh_using_subcommand ingest" -l s3-access-key-id -d 'Access key id [default: the usual chain of credentials]' -r
complete -c shh -n "__fish_shh_using_subcommand ingest" -l s3-secret-access-key -d 'Secret access key; better given in AWS_SECRET_ACCESS_KEY' -r
complete -c shh -n "__fish_shh_using_subcommand ingest" -l line-limit -d 'Longest line that is kept [default: 256MiB]' -r
complete -c shh -n "__fish_shh_using_subcommand ingest" -l threads -d 'Worker threads [default: one per core]' -r
complete -c shh -n "__fish_shh_using_subcommand ingest" -l memory-limit -d 'Memory DuckDB may use [default: 128MiB]' -r
complete -c shh -n "__fish_shh_using_subcommand ingest" -l wait -d 'How long to wait while another ingest runs [default: 0s]' -r
complete -c shh -n "__fish_shh_using_subcommand ingest" -l format -d 'How to print the summary' -r -f -a "table\t'One line for people'
json\t'One JSON document, for cron jobs and monitors'"
complete -c shh -n "__fish_shh_using_subcommand ingest" -s c -l config -d 'Configuration file' -r -F
complete -c shh -n "__fish_shh_using_subcommand ingest" -l database -d 'Database file, or an export to ask' -r -F
complete -c shh -n "__fish_shh_using_subcommand ingest" -l color -d 'When to use colors' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shh -n "__fish_shh_using_subcommand ingest" -l hdfs -d 'Log directories are paths in HDFS'
complete -c shh -n "__fish_shh_using_subcommand ingest" -l s3 -d 'Log directories are prefixes in an S3 bucket'
complete -c shh -n "__fish_shh_using_subcommand ingest" -l s3-anonymous -d 'Read without credentials what everybody may read'
complete -c shh -n "__fish_shh_using_subcommand ingest" -l full -d 'Read every log again'
complete -c shh -n "__fish_shh_using_subcommand ingest" -l dry-run -d 'Only say what would be read'
complete -c shh -n "__fish_shh_using_subcommand ingest" -s q -l quiet -d 'Say nothing but errors and warnings'
complete -c shh -n "__fish_shh_using_subcommand ingest" -s v -l verbose -d 'Say more: what is done and how long it took (-vv: in detail)'
complete -c shh -n "__fish_shh_using_subcommand ingest" -l no-progress -d 'Show no progress bars'
complete -c shh -n "__fish_shh_using_subcommand ingest" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shh -n "__fish_shh_using_subcommand report" -l by -d 'What to rank or to break down by; each report lists its own words' -r
complete -c shh -n "__fish_shh_using_subcommand report" -s l -l log-directory -d 'Ingest this directory first; may be given several times' -r -f -a "(__fish_complete_directories)"
complete -c shh -n "__fish_shh_using_subcommand report" -l hdfs-namenode -d 'Name node, hdfs://HOST:PORT or hdfs://NAMESERVICE' -r
complete -c shh -n "__fish_shh_using_subcommand report" -l kerberos-principal -d 'Kerberos principal to be, such as spark@EXAMPLE.COM' -r
complete -c shh -n "__fish_shh_using_subcommand report" -l keytab-path -d 'Keytab of the principal; no kinit is needed' -r -F
complete -c shh -n "__fish_shh_using_subcommand report" -l s3-bucket -d 'Bucket that --s3 means' -r
complete -c shh -n "__fish_shh_using_subcommand report" -l s3-region -d 'Region [default: the environment\'s, the profile\'s or the machine\'s]' -r
complete -c shh -n "__fish_shh_using_subcommand report" -l s3-endpoint -d 'Endpoint of an S3 look-alike, such as http://127.0.0.1:9000' -r
complete -c shh -n "__fish_shh_using_subcommand report" -l s3-profile -d 'Profile of the AWS configuration to take credentials from' -r
complete -c shh -n "__fish_shh_using_subcommand report" -l s3-access-key-id -d 'Access key id [default: the usual chain of credentials]' -r
complete -c shh -n "__fish_shh_using_subcommand report" -l s3-secret-access-key -d 'Secret access key; better given in AWS_SECRET_ACCESS_KEY' -r
complete -c shh -n "__fish_shh_using_subcommand report" -l last -d 'Window back from now, such as 7d, 36h or all' -r
complete -c shh -n "__fish_shh_using_subcommand report" -l since -d 'Begin of the window (2026-11-01, 2026-11-01T10:30, 7d, ...)' -r
complete -c shh -n "__fish_shh_using_subcommand report" -l until -d 'End of the window, which is not part of it' -r
complete -c shh -n "__fish_shh_using_subcommand report" -l user -d 'Only applications of users that match this regular expression' -r
complete -c shh -n "__fish_shh_using_subcommand report" -l queue -d 'Only applications in queues that match this regular expression' -r
complete -c shh -n "__fish_shh_using_subcommand report" -l app-name -d 'Only applications with names that match this regular expression' -r
complete -c shh -n "__fish_shh_using_subcommand report" -l job -d 'Only runs of this recurring job, as `report jobs` names it' -r
complete -c shh -n "__fish_shh_using_subcommand report" -l tag -d 'Only applications with this tag; several: with all of them' -r
complete -c shh -n "__fish_shh_using_subcommand report" -l app-id -d 'Only this application' -r
complete -c shh -n "__fish_shh_using_subcommand report" -l status -d 'Only applications that ended so' -r -f -a "succeeded\t'Ended, and its last job did not fail'
failed\t'Ended with a failure'
running\t'Its log is still being written'
unknown\t'The log does not say'"
complete -c shh -n "__fish_shh_using_subcommand report" -l spark-version -d 'Only applications of this Spark version, such as 3.5 or 4.1.1' -r
complete -c shh -n "__fish_shh_using_subcommand report" -l min-duration -d 'Only applications that ran at least so long, such as 90s or 5m' -r
complete -c shh -n "__fish_shh_using_subcommand report" -l min-core-hours -d 'Only applications that held at least so many core-hours' -r
complete -c shh -n "__fish_shh_using_subcommand report" -l limit -d 'Print at most so many rows (0: all) [default: 20]' -r
complete -c shh -n "__fish_shh_using_subcommand report" -l sort -d 'Sort by this column, such as start:asc or alloc_core_h' -r
complete -c shh -n "__fish_shh_using_subcommand report" -l group-by -d 'One row for each app, job, user, queue, version, kind, day or tag:KEY' -r
complete -c shh -n "__fish_shh_using_subcommand report" -l format -d 'How to print the table' -r -f -a "table\t'For reading: aligned, with the units people use'
json\t'One JSON document with raw numbers; never cut'
csv\t'Comma-separated values with raw numbers; never cut'
md\t'A Markdown table'"
complete -c shh -n "__fish_shh_using_subcommand report" -s o -l output -d 'Write to this file instead of standard output' -r -F
complete -c shh -n "__fish_shh_using_subcommand report" -l fail-if -d 'Exit with 4 if this holds for a row; may be given several times' -r
complete -c shh -n "__fish_shh_using_subcommand report" -l timings -d 'Run the query N times and print how long it took' -r
complete -c shh -n "__fish_shh_using_subcommand report" -s c -l config -d 'Configuration file' -r -F
complete -c shh -n "__fish_shh_using_subcommand report" -l database -d 'Database file, or an export to ask' -r -F
complete -c shh -n "__fish_shh_using_subcommand report" -l color -d 'When to use colors' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shh -n "__fish_shh_using_subcommand report" -l hdfs -d 'Log directories are paths in HDFS'
complete -c shh -n "__fish_shh_using_subcommand report" -l s3 -d 'Log directories are prefixes in an S3 bucket'
complete -c shh -n "__fish_shh_using_subcommand report" -l s3-anonymous -d 'Read without credentials what everybody may read'
complete -c shh -n "__fish_shh_using_subcommand report" -l include-local -d 'Also applications in local mode'
complete -c shh -n "__fish_shh_using_subcommand report" -l include-incomplete -d 'Also applications that have not finished'
complete -c shh -n "__fish_shh_using_subcommand report" -l explain -d 'Explain the columns: unit and definition of each'
complete -c shh -n "__fish_shh_using_subcommand report" -l wide -d 'Print every column in full, however wide the table gets'
complete -c shh -n "__fish_shh_using_subcommand report" -s q -l quiet -d 'Say nothing but errors and warnings'
complete -c shh -n "__fish_shh_using_subcommand report" -s v -l verbose -d 'Say more: what is done and how long it took (-vv: in detail)'
complete -c shh -n "__fish_shh_using_subcommand report" -l no-progress -d 'Show no progress bars'
complete -c shh -n "__fish_shh_using_subcommand report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shh -n "__fish_shh_using_subcommand trends" -l by -d 'What to break down by; each trend lists its own words' -r
complete -c shh -n "__fish_shh_using_subcommand trends" -l tz -d 'Time zone in which buckets are cut, such as Europe/Berlin [default: UTC]' -r
complete -c shh -n "__fish_shh_using_subcommand trends" -l bucket -d 'Step of the series' -r -f -a "hour\t'Hour by hour'
day\t'Day by day'
week\t'Week by week, from Monday'
month\t'Month by month'"
complete -c shh -n "__fish_shh_using_subcommand trends" -l capacity-cores -d 'Cores of the cluster, to show shares of them' -r
complete -c shh -n "__fish_shh_using_subcommand trends" -l capacity-memory -d 'Memory of the cluster, to show shares of it' -r
complete -c shh -n "__fish_shh_using_subcommand trends" -s l -l log-directory -d 'Ingest this directory first; may be given several times' -r -f -a "(__fish_complete_directories)"
complete -c shh -n "__fish_shh_using_subcommand trends" -l hdfs-namenode -d 'Name node, hdfs://HOST:PORT or hdfs://NAMESERVICE' -r
complete -c shh -n "__fish_shh_using_subcommand trends" -l kerberos-principal -d 'Kerberos principal to be, such as spark@EXAMPLE.COM' -r
complete -c shh -n "__fish_shh_using_subcommand trends" -l keytab-path -d 'Keytab of the principal; no kinit is needed' -r -F
complete -c shh -n "__fish_shh_using_subcommand trends" -l s3-bucket -d 'Bucket that --s3 means' -r
complete -c shh -n "__fish_shh_using_subcommand trends" -l s3-region -d 'Region [default: the environment\'s, the profile\'s or the machine\'s]' -r
complete -c shh -n "__fish_shh_using_subcommand trends" -l s3-endpoint -d 'Endpoint of an S3 look-alike, such as http://127.0.0.1:9000' -r
complete -c shh -n "__fish_shh_using_subcommand trends" -l s3-profile -d 'Profile of the AWS configuration to take credentials from' -r
complete -c shh -n "__fish_shh_using_subcommand trends" -l s3-access-key-id -d 'Access key id [default: the usual chain of credentials]' -r
complete -c shh -n "__fish_shh_using_subcommand trends" -l s3-secret-access-key -d 'Secret access key; better given in AWS_SECRET_ACCESS_KEY' -r
complete -c shh -n "__fish_shh_using_subcommand trends" -l last -d 'Window back from now, such as 7d, 36h or all' -r
complete -c shh -n "__fish_shh_using_subcommand trends" -l since -d 'Begin of the window (2026-11-01, 2026-11-01T10:30, 7d, ...)' -r
complete -c shh -n "__fish_shh_using_subcommand trends" -l until -d 'End of the window, which is not part of it' -r
complete -c shh -n "__fish_shh_using_subcommand trends" -l user -d 'Only applications of users that match this regular expression' -r
complete -c shh -n "__fish_shh_using_subcommand trends" -l queue -d 'Only applications in queues that match this regular expression' -r
complete -c shh -n "__fish_shh_using_subcommand trends" -l app-name -d 'Only applications with names that match this regular expression' -r
complete -c shh -n "__fish_shh_using_subcommand trends" -l job -d 'Only runs of this recurring job, as `report jobs` names it' -r
complete -c shh -n "__fish_shh_using_subcommand trends" -l tag -d 'Only applications with this tag; several: with all of them' -r
complete -c shh -n "__fish_shh_using_subcommand trends" -l app-id -d 'Only this application' -r
complete -c shh -n "__fish_shh_using_subcommand trends" -l status -d 'Only applications that ended so' -r -f -a "succeeded\t'Ended, and its last job did not fail'
failed\t'Ended with a failure'
running\t'Its log is still being written'
unknown\t'The log does not say'"
complete -c shh -n "__fish_shh_using_subcommand trends" -l spark-version -d 'Only applications of this Spark version, such as 3.5 or 4.1.1' -r
complete -c shh -n "__fish_shh_using_subcommand trends" -l min-duration -d 'Only applications that ran at least so long, such as 90s or 5m' -r
complete -c shh -n "__fish_shh_using_subcommand trends" -l min-core-hours -d 'Only applications that held at least so many core-hours' -r
complete -c shh -n "__fish_shh_using_subcommand trends" -l limit -d 'Print at most so many rows (0: all) [default: 20]' -r
complete -c shh -n "__fish_shh_using_subcommand trends" -l sort -d 'Sort by this column, such as start:asc or alloc_core_h' -r
complete -c shh -n "__fish_shh_using_subcommand trends" -l group-by -d 'One row for each app, job, user, queue, version, kind, day or tag:KEY' -r
complete -c shh -n "__fish_shh_using_subcommand trends" -l format -d 'How to print the table' -r -f -a "table\t'For reading: aligned, with the units people use'
json\t'One JSON document with raw numbers; never cut'
csv\t'Comma-separated values with raw numbers; never cut'
md\t'A Markdown table'"
complete -c shh -n "__fish_shh_using_subcommand trends" -s o -l output -d 'Write to this file instead of standard output' -r -F
complete -c shh -n "__fish_shh_using_subcommand trends" -l fail-if -d 'Exit with 4 if this holds for a row; may be given several times' -r
complete -c shh -n "__fish_shh_using_subcommand trends" -l timings -d 'Run the query N times and print how long it took' -r
complete -c shh -n "__fish_shh_using_subcommand trends" -s c -l config -d 'Configuration file' -r -F
complete -c shh -n "__fish_shh_using_subcommand trends" -l database -d 'Database file, or an export to ask' -r -F
complete -c shh -n "__fish_shh_using_subcommand trends" -l color -d 'When to use colors' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shh -n "__fish_shh_using_subcommand trends" -l hdfs -d 'Log directories are paths in HDFS'
complete -c shh -n "__fish_shh_using_subcommand trends" -l s3 -d 'Log directories are prefixes in an S3 bucket'
complete -c shh -n "__fish_shh_using_subcommand trends" -l s3-anonymous -d 'Read without credentials what everybody may read'
complete -c shh -n "__fish_shh_using_subcommand trends" -l include-local -d 'Also applications in local mode'
complete -c shh -n "__fish_shh_using_subcommand trends" -l include-incomplete -d 'Also applications that have not finished'
complete -c shh -n "__fish_shh_using_subcommand trends" -l explain -d 'Explain the columns: unit and definition of each'
complete -c shh -n "__fish_shh_using_subcommand trends" -l wide -d 'Print every column in full, however wide the table gets'
complete -c shh -n "__fish_shh_using_subcommand trends" -s q -l quiet -d 'Say nothing but errors and warnings'
complete -c shh -n "__fish_shh_using_subcommand trends" -s v -l verbose -d 'Say more: what is done and how long it took (-vv: in detail)'
complete -c shh -n "__fish_shh_using_subcommand trends" -l no-progress -d 'Show no progress bars'
complete -c shh -n "__fish_shh_using_subcommand trends" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shh -n "__fish_shh_using_subcommand serve" -s l -l log-directory -d 'Directory of event logs; may be given several times' -r -f -a "(__fish_complete_directories)"
complete -c shh -n "__fish_shh_using_subcommand serve" -l hdfs-namenode -d 'Name node, hdfs://HOST:PORT or hdfs://NAMESERVICE' -r
complete -c shh -n "__fish_shh_using_subcommand serve" -l kerberos-principal -d 'Kerberos principal to be, such as spark@EXAMPLE.COM' -r
complete -c shh -n "__fish_shh_using_subcommand serve" -l keytab-path -d 'Keytab of the principal; no kinit is needed' -r -F
complete -c shh -n "__fish_shh_using_subcommand serve" -l s3-bucket -d 'Bucket that --s3 means' -r
complete -c shh -n "__fish_shh_using_subcommand serve" -l s3-region -d 'Region [default: the environment\'s, the profile\'s or the machine\'s]' -r
complete -c shh -n "__fish_shh_using_subcommand serve" -l s3-endpoint -d 'Endpoint of an S3 look-alike, such as http://127.0.0.1:9000' -r
complete -c shh -n "__fish_shh_using_subcommand serve" -l s3-profile -d 'Profile of the AWS configuration to take credentials from' -r
complete -c shh -n "__fish_shh_using_subcommand serve" -l s3-access-key-id -d 'Access key id [default: the usual chain of credentials]' -r
complete -c shh -n "__fish_shh_using_subcommand serve" -l s3-secret-access-key -d 'Secret access key; better given in AWS_SECRET_ACCESS_KEY' -r
complete -c shh -n "__fish_shh_using_subcommand serve" -l update-interval -d 'How often to look for new logs [default: 60s]' -r
complete -c shh -n "__fish_shh_using_subcommand serve" -l replay-cache -d 'Memory for applications whose logs were replayed [default: 512MiB]' -r
complete -c shh -n "__fish_shh_using_subcommand serve" -l host -d 'Address to listen on [default: 127.0.0.1]' -r -f -a "(__fish_print_hostnames)"
complete -c shh -n "__fish_shh_using_subcommand serve" -s p -l port -d 'Port to listen on; 0 takes a free one [default: 18080]' -r
complete -c shh -n "__fish_shh_using_subcommand serve" -l auth-file -d 'File of the credentials of which requests have to show one' -r -F
complete -c shh -n "__fish_shh_using_subcommand serve" -l allowed-host -d 'Name under which browsers may reach the server; may be given several times' -r -f -a "(__fish_print_hostnames)"
complete -c shh -n "__fish_shh_using_subcommand serve" -s c -l config -d 'Configuration file' -r -F
complete -c shh -n "__fish_shh_using_subcommand serve" -l database -d 'Database file, or an export to ask' -r -F
complete -c shh -n "__fish_shh_using_subcommand serve" -l color -d 'When to use colors' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shh -n "__fish_shh_using_subcommand serve" -l hdfs -d 'Log directories are paths in HDFS'
complete -c shh -n "__fish_shh_using_subcommand serve" -l s3 -d 'Log directories are prefixes in an S3 bucket'
complete -c shh -n "__fish_shh_using_subcommand serve" -l s3-anonymous -d 'Read without credentials what everybody may read'
complete -c shh -n "__fish_shh_using_subcommand serve" -l no-ingest -d 'Only answer: read no logs into the database'
complete -c shh -n "__fish_shh_using_subcommand serve" -l spark-retention -d 'Show no more of an application than Spark\'s history server keeps'
complete -c shh -n "__fish_shh_using_subcommand serve" -s q -l quiet -d 'Say nothing but errors and warnings'
complete -c shh -n "__fish_shh_using_subcommand serve" -s v -l verbose -d 'Say more: what is done and how long it took (-vv: in detail)'
complete -c shh -n "__fish_shh_using_subcommand serve" -l no-progress -d 'Show no progress bars'
complete -c shh -n "__fish_shh_using_subcommand serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shh -n "__fish_shh_using_subcommand jobs" -l conf -d 'A property the application would have; may be given several times' -r
complete -c shh -n "__fish_shh_using_subcommand jobs" -s c -l config -d 'Configuration file' -r -F
complete -c shh -n "__fish_shh_using_subcommand jobs" -l database -d 'Database file, or an export to ask' -r -F
complete -c shh -n "__fish_shh_using_subcommand jobs" -l color -d 'When to use colors' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shh -n "__fish_shh_using_subcommand jobs" -s q -l quiet -d 'Say nothing but errors and warnings'
complete -c shh -n "__fish_shh_using_subcommand jobs" -s v -l verbose -d 'Say more: what is done and how long it took (-vv: in detail)'
complete -c shh -n "__fish_shh_using_subcommand jobs" -l no-progress -d 'Show no progress bars'
complete -c shh -n "__fish_shh_using_subcommand jobs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shh -n "__fish_shh_using_subcommand sql" -l schema -d 'List the columns of a table, or of all, with unit and meaning' -r
complete -c shh -n "__fish_shh_using_subcommand sql" -l format -d 'How to print the answer' -r -f -a "table\t'For reading: aligned, with the units people use'
json\t'One JSON document with raw numbers; never cut'
csv\t'Comma-separated values with raw numbers; never cut'
md\t'A Markdown table'"
complete -c shh -n "__fish_shh_using_subcommand sql" -l limit -d 'Print at most so many rows (0: all) [default: 100]' -r
complete -c shh -n "__fish_shh_using_subcommand sql" -s o -l output -d 'Write to this file instead of standard output' -r -F
complete -c shh -n "__fish_shh_using_subcommand sql" -l timeout -d 'Give up after this time [default: 60s]' -r
complete -c shh -n "__fish_shh_using_subcommand sql" -l memory-limit -d 'Memory the statement and its answer may take [default: 512MiB]' -r
complete -c shh -n "__fish_shh_using_subcommand sql" -s c -l config -d 'Configuration file' -r -F
complete -c shh -n "__fish_shh_using_subcommand sql" -l database -d 'Database file, or an export to ask' -r -F
complete -c shh -n "__fish_shh_using_subcommand sql" -l color -d 'When to use colors' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shh -n "__fish_shh_using_subcommand sql" -l tables -d 'List the tables and what they are about'
complete -c shh -n "__fish_shh_using_subcommand sql" -l wide -d 'Print every column in full, however wide the table gets'
complete -c shh -n "__fish_shh_using_subcommand sql" -s q -l quiet -d 'Say nothing but errors and warnings'
complete -c shh -n "__fish_shh_using_subcommand sql" -s v -l verbose -d 'Say more: what is done and how long it took (-vv: in detail)'
complete -c shh -n "__fish_shh_using_subcommand sql" -l no-progress -d 'Show no progress bars'
complete -c shh -n "__fish_shh_using_subcommand sql" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shh -n "__fish_shh_using_subcommand export" -l memory-limit -d 'Memory DuckDB may use [default: 512MiB]' -r
complete -c shh -n "__fish_shh_using_subcommand export" -l format -d 'How to print the summary' -r -f -a "table\t'One line for people'
json\t'One JSON document, for cron jobs and monitors'"
complete -c shh -n "__fish_shh_using_subcommand export" -s c -l config -d 'Configuration file' -r -F
complete -c shh -n "__fish_shh_using_subcommand export" -l database -d 'Database file, or an export to ask' -r -F
complete -c shh -n "__fish_shh_using_subcommand export" -l color -d 'When to use colors' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shh -n "__fish_shh_using_subcommand export" -s q -l quiet -d 'Say nothing but errors and warnings'
complete -c shh -n "__fish_shh_using_subcommand export" -s v -l verbose -d 'Say more: what is done and how long it took (-vv: in detail)'
complete -c shh -n "__fish_shh_using_subcommand export" -l no-progress -d 'Show no progress bars'
complete -c shh -n "__fish_shh_using_subcommand export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shh -n "__fish_shh_using_subcommand prune" -l older-than -d 'Remove what ended longer ago than this, in whole days UTC' -r
complete -c shh -n "__fish_shh_using_subcommand prune" -l wait -d 'How long to wait while another ingest runs [default: 0s]' -r
complete -c shh -n "__fish_shh_using_subcommand prune" -l memory-limit -d 'Memory DuckDB may use [default: 128MiB]' -r
complete -c shh -n "__fish_shh_using_subcommand prune" -l format -d 'How to print the summary' -r -f -a "table\t'One line for people'
json\t'One JSON document, for cron jobs and monitors'"
complete -c shh -n "__fish_shh_using_subcommand prune" -s c -l config -d 'Configuration file' -r -F
complete -c shh -n "__fish_shh_using_subcommand prune" -l database -d 'Database file, or an export to ask' -r -F
complete -c shh -n "__fish_shh_using_subcommand prune" -l color -d 'When to use colors' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shh -n "__fish_shh_using_subcommand prune" -l dry-run -d 'Only say what would be removed'
complete -c shh -n "__fish_shh_using_subcommand prune" -s q -l quiet -d 'Say nothing but errors and warnings'
complete -c shh -n "__fish_shh_using_subcommand prune" -s v -l verbose -d 'Say more: what is done and how long it took (-vv: in detail)'
complete -c shh -n "__fish_shh_using_subcommand prune" -l no-progress -d 'Show no progress bars'
complete -c shh -n "__fish_shh_using_subcommand prune" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shh -n "__fish_shh_using_subcommand compact" -l wait -d 'How long to wait while another ingest runs [default: 0s]' -r
complete -c shh -n "__fish_shh_using_subcommand compact" -l memory-limit -d 'Memory DuckDB may use [default: 128MiB]' -r
complete -c shh -n "__fish_shh_using_subcommand compact" -l format -d 'How to print the summary' -r -f -a "table\t'One line for people'
json\t'One JSON document, for cron jobs and monitors'"
complete -c shh -n "__fish_shh_using_subcommand compact" -s c -l config -d 'Configuration file' -r -F
complete -c shh -n "__fish_shh_using_subcommand compact" -l database -d 'Database file, or an export to ask' -r -F
complete -c shh -n "__fish_shh_using_subcommand compact" -l color -d 'When to use colors' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shh -n "__fish_shh_using_subcommand compact" -s q -l quiet -d 'Say nothing but errors and warnings'
complete -c shh -n "__fish_shh_using_subcommand compact" -s v -l verbose -d 'Say more: what is done and how long it took (-vv: in detail)'
complete -c shh -n "__fish_shh_using_subcommand compact" -l no-progress -d 'Show no progress bars'
complete -c shh -n "__fish_shh_using_subcommand compact" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shh -n "__fish_shh_using_subcommand source; and not __fish_seen_subcommand_from check help" -s c -l config -d 'Configuration file' -r -F
complete -c shh -n "__fish_shh_using_subcommand source; and not __fish_seen_subcommand_from check help" -l database -d 'Database file, or an export to ask' -r -F
complete -c shh -n "__fish_shh_using_subcommand source; and not __fish_seen_subcommand_from check help" -l color -d 'When to use colors' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shh -n "__fish_shh_using_subcommand source; and not __fish_seen_subcommand_from check help" -s q -l quiet -d 'Say nothing but errors and warnings'
complete -c shh -n "__fish_shh_using_subcommand source; and not __fish_seen_subcommand_from check help" -s v -l verbose -d 'Say more: what is done and how long it took (-vv: in detail)'
complete -c shh -n "__fish_shh_using_subcommand source; and not __fish_seen_subcommand_from check help" -l no-progress -d 'Show no progress bars'
complete -c shh -n "__fish_shh_using_subcommand source; and not __fish_seen_subcommand_from check help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shh -n "__fish_shh_using_subcommand source; and not __fish_seen_subcommand_from check help" -f -a "check" -d 'Try a log directory step by step and say what works'
complete -c shh -n "__fish_shh_using_subcommand source; and not __fish_seen_subcommand_from check help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c shh -n "__fish_shh_using_subcommand source; and __fish_seen_subcommand_from check" -l hdfs-namenode -d 'Name node, hdfs://HOST:PORT or hdfs://NAMESERVICE' -r
complete -c shh -n "__fish_shh_using_subcommand source; and __fish_seen_subcommand_from check" -l kerberos-principal -d 'Kerberos principal to be, such as spark@EXAMPLE.COM' -r
complete -c shh -n "__fish_shh_using_subcommand source; and __fish_seen_subcommand_from check" -l keytab-path -d 'Keytab of the principal; no kinit is needed' -r -F
complete -c shh -n "__fish_shh_using_subcommand source; and __fish_seen_subcommand_from check" -l s3-bucket -d 'Bucket that --s3 means' -r
complete -c shh -n "__fish_shh_using_subcommand source; and __fish_seen_subcommand_from check" -l s3-region -d 'Region [default: the environment\'s, the profile\'s or the machine\'s]' -r
complete -c shh -n "__fish_shh_using_subcommand source; and __fish_seen_subcommand_from check" -l s3-endpoint -d 'Endpoint of an S3 look-alike, such as http://127.0.0.1:9000' -r
complete -c shh -n "__fish_shh_using_subcommand source; and __fish_seen_subcommand_from check" -l s3-profile -d 'Profile of the AWS configuration to take credentials from' -r
complete -c shh -n "__fish_shh_using_subcommand source; and __fish_seen_subcommand_from check" -l s3-access-key-id -d 'Access key id [default: the usual chain of credentials]' -r
complete -c shh -n "__fish_shh_using_subcommand source; and __fish_seen_subcommand_from check" -l s3-secret-access-key -d 'Secret access key; better given in AWS_SECRET_ACCESS_KEY' -r
complete -c shh -n "__fish_shh_using_subcommand source; and __fish_seen_subcommand_from check" -s c -l config -d 'Configuration file' -r -F
complete -c shh -n "__fish_shh_using_subcommand source; and __fish_seen_subcommand_from check" -l database -d 'Database file, or an export to ask' -r -F
complete -c shh -n "__fish_shh_using_subcommand source; and __fish_seen_subcommand_from check" -l color -d 'When to use colors' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c shh -n "__fish_shh_using_subcommand source; and __fish_seen_subcommand_from check" -l hdfs -d 'Log directories are paths in HDFS'
complete -c shh -n "__fish_shh_using_subcommand source; and __fish_seen_subcommand_from check" -l s3 -d 'Log directories are prefixes in an S3 bucket'
complete -c shh -n "__fish_shh_using_subcommand source; and __fish_seen_subcommand_from check" -l s3-anonymous -d 'Read without credentials what everybody may read'
complete -c shh -n "__fish_shh_using_subcommand source; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Say nothing but errors and warnings'
complete -c shh -n "__fish_shh_using_subcommand source; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Say more: what is done and how long it took (-vv: in detail)'
complete -c shh -n "__fish_shh_using_subcommand source; and __fish_seen_subcommand_from check" -l no-progress -d 'Show no progress bars'
complete -c shh -n "__fish_shh_using_subcommand source; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c shh -n "__fish_shh_using_subcommand source; and __fish_seen_subcommand_from help" -f -a "check" -d 'Try a log directory step by step and say what works'
complete -c shh -n "__fish_shh_using_subcommand source; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c shh -n "__fish_shh_using_subcommand help; and not __fish_seen_subcommand_from ingest report trends serve jobs sql export prune compact source help" -f -a "ingest" -d 'Find new or grown event logs, fold them, publish the figures'
complete -c shh -n "__fish_shh_using_subcommand help; and not __fish_seen_subcommand_from ingest report trends serve jobs sql export prune compact source help" -f -a "report" -d 'Print a report; without a name, list the reports'
complete -c shh -n "__fish_shh_using_subcommand help; and not __fish_seen_subcommand_from ingest report trends serve jobs sql export prune compact source help" -f -a "trends" -d 'Print a time series; without a name, list the trends'
complete -c shh -n "__fish_shh_using_subcommand help; and not __fish_seen_subcommand_from ingest report trends serve jobs sql export prune compact source help" -f -a "serve" -d 'Serve dashboard, analytics API and Spark\'s REST API over HTTP'
complete -c shh -n "__fish_shh_using_subcommand help; and not __fish_seen_subcommand_from ingest report trends serve jobs sql export prune compact source help" -f -a "jobs" -d 'Show step by step which recurring job an application name belongs to'
complete -c shh -n "__fish_shh_using_subcommand help; and not __fish_seen_subcommand_from ingest report trends serve jobs sql export prune compact source help" -f -a "sql" -d 'Ask the database in SQL'
complete -c shh -n "__fish_shh_using_subcommand help; and not __fish_seen_subcommand_from ingest report trends serve jobs sql export prune compact source help" -f -a "export" -d 'Write every table as Parquet'
complete -c shh -n "__fish_shh_using_subcommand help; and not __fish_seen_subcommand_from ingest report trends serve jobs sql export prune compact source help" -f -a "prune" -d 'Remove applications that ended long ago'
complete -c shh -n "__fish_shh_using_subcommand help; and not __fish_seen_subcommand_from ingest report trends serve jobs sql export prune compact source help" -f -a "compact" -d 'Write the database anew, in the order of time and without free space'
complete -c shh -n "__fish_shh_using_subcommand help; and not __fish_seen_subcommand_from ingest report trends serve jobs sql export prune compact source help" -f -a "source" -d 'Try out whether logs on other machines can be read'
complete -c shh -n "__fish_shh_using_subcommand help; and not __fish_seen_subcommand_from ingest report trends serve jobs sql export prune compact source help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c shh -n "__fish_shh_using_subcommand help; and __fish_seen_subcommand_from source" -f -a "check" -d 'Try a log directory step by step and say what works'
