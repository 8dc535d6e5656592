//! Flags of logs on other machines, for every command that reads logs.

use std::path::PathBuf;

use clap::{Args, ValueHint};

/// How HDFS and S3 are reached. A URI in `--log-directory` is the short form of most of these.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Logs on other machines")]
pub struct RemoteArgs {
    /// Log directories are paths in HDFS
    ///
    /// The long form of --log-directory hdfs://NAMENODE/PATH.
    #[arg(long, conflicts_with = "s3")]
    pub hdfs: bool,

    /// Name node, hdfs://HOST:PORT or hdfs://NAMESERVICE
    ///
    /// For log directories that name none. Default: `history.hdfs.namenode_url`, else fs.defaultFS in
    /// the Hadoop configuration ($HADOOP_CONF_DIR), where name services are looked up as well.
    #[arg(long, value_name = "URL")]
    pub hdfs_namenode: Option<String>,

    /// Kerberos principal to be, such as spark@EXAMPLE.COM
    #[arg(long, value_name = "PRINCIPAL")]
    pub kerberos_principal: Option<String>,

    /// Keytab of the principal; no kinit is needed
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "kerberos_principal")]
    pub keytab_path: Option<PathBuf>,

    /// Log directories are prefixes in an S3 bucket
    ///
    /// The long form of --log-directory s3://BUCKET/PREFIX.
    #[arg(long)]
    pub s3: bool,

    /// Bucket that --s3 means
    #[arg(long, value_name = "BUCKET")]
    pub s3_bucket: Option<String>,

    /// Region [default: the environment's, the profile's or the machine's]
    #[arg(long, value_name = "REGION")]
    pub s3_region: Option<String>,

    /// Endpoint of an S3 look-alike, such as http://127.0.0.1:9000
    #[arg(long, value_name = "URL")]
    pub s3_endpoint: Option<String>,

    /// Profile of the AWS configuration to take credentials from
    #[arg(long, value_name = "NAME")]
    pub s3_profile: Option<String>,

    /// Read without credentials what everybody may read
    #[arg(long)]
    pub s3_anonymous: bool,

    /// Access key id [default: the usual chain of credentials]
    #[arg(long, value_name = "ID")]
    pub s3_access_key_id: Option<String>,

    /// Secret access key; better given in AWS_SECRET_ACCESS_KEY
    ///
    /// Everybody on this machine can read a command line, so this works but warns.
    #[arg(long, value_name = "SECRET")]
    pub s3_secret_access_key: Option<String>,
}
