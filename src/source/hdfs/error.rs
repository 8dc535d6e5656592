//! What the client of HDFS says went wrong, in words that lead to the cause. Its texts are those of servers
//! and of the Kerberos library, stack traces included.

use hdfs_native::HdfsError;

use crate::source::remote::{Fault, RemoteError};

/// The failure of one call.
pub(super) fn explain(error: &HdfsError) -> RemoteError {
    match error {
        HdfsError::FileNotFound(path) => RemoteError::new(Fault::Missing, format!("there is no {path}")),
        HdfsError::RPCError(class, message) | HdfsError::FatalRPCError(class, message) => {
            refused(class, message)
        }
        HdfsError::IOError(error) => {
            let text = error.to_string();
            if text.contains("failed to lookup address") {
                return RemoteError::new(
                    Fault::Permanent,
                    format!("the host's name cannot be resolved: {text}"),
                )
                .hint(
                    "is it a name service? Then HADOOP_CONF_DIR must name the configuration that knows it",
                );
            }
            let unreachable = RemoteError::new(
                Fault::Transient,
                format!("the name node cannot be reached: {text}"),
            );
            match error.kind() {
                std::io::ErrorKind::ConnectionRefused => {
                    unreachable.hint("does the name node run, and is that its RPC port (often 8020 or 9000)?")
                }
                std::io::ErrorKind::ConnectionAborted => {
                    unreachable.hint("is that the name node's RPC port, and not that of its web page?")
                }
                _ => unreachable,
            }
        }
        HdfsError::DataTransferError(text) => data_nodes(text),
        HdfsError::ChecksumError => RemoteError::new(
            Fault::Transient,
            "a block does not have the checksum it was written with",
        ),
        HdfsError::SASLError(text) | HdfsError::GSSAPIError(_, _, text) => kerberos(text),
        HdfsError::OperationFailed(text) if text.contains("libgssapi") => no_library(),
        HdfsError::NoSASLMechanism => RemoteError::new(
            Fault::Denied,
            "client and name node know no common way of authentication",
        )
        .hint("a cluster with Kerberos needs a ticket, a keytab or a delegation token"),
        HdfsError::InvalidArgument(text) if text.contains("viewfs fallback") => RemoteError::new(
            Fault::Permanent,
            "the mount table of viewfs has no linkFallback, which is needed here",
        )
        .hint(
            "add fs.viewfs.mounttable.NAME.linkFallback to a copy of core-site.xml, or give the hdfs:// URI",
        ),
        HdfsError::BlocksNotFound(path) => {
            RemoteError::new(Fault::Permanent, format!("blocks of {path} are missing"))
        }
        other => RemoteError::new(Fault::Permanent, other.to_string()),
    }
}

/// The name node has answered that it will not.
fn refused(class: &str, message: &str) -> RemoteError {
    let short = class.rsplit(['.', '$']).next().unwrap_or(class);
    let first = message.lines().next().unwrap_or_default().trim();
    let with = |fault| RemoteError::new(fault, format!("{short}: {first}"));
    if message.contains("SafeModeException") || message.contains("in safe mode") {
        return RemoteError::new(
            Fault::Busy,
            "the name node is in safe mode, as it is after a start",
        )
        .hint("try again when it has left it (hdfs dfsadmin -safemode get)");
    }
    match short {
        "FileNotFoundException" => RemoteError::new(Fault::Missing, first),
        "StandbyException" => RemoteError::new(Fault::Busy, "the name node is in standby")
            .hint("name the name service instead of one name node, with HADOOP_CONF_DIR set"),
        "RetriableException" | "ObserverRetryOnActiveException" | "ServerTooBusyException" => with(Fault::Busy),
        "AccessControlException" if message.contains("authentication is not enabled") => needs_kerberos(),
        "AccessControlException" | "AuthorizationException" => RemoteError::new(Fault::Denied, first).hint(
            "Spark writes logs for their owners only: read as a user of their group or as HDFS superuser, or ask for an ACL",
        ),
        "InvalidToken" => RemoteError::new(Fault::Denied, format!("the delegation token is not accepted: {first}"))
            .hint("get new tokens (hdfs fetchdt), or unset HADOOP_TOKEN_FILE_LOCATION"),
        "SaslException" | "GSSException" => kerberos(first),
        _ => with(Fault::Permanent),
    }
}

/// No data node gave a block.
fn data_nodes(text: &str) -> RemoteError {
    // What follows is a dump of addresses, without a reason.
    let reason = text.split(": [").next().unwrap_or(text);
    RemoteError::new(Fault::Transient, format!("no data node gives a block: {reason}")).hint(
        "is a data node with a replica up, and can this machine reach it (dfs.client.use.datanode.hostname)?",
    )
}

/// A client that does not authenticate itself, at a cluster that wants it.
pub(super) fn needs_kerberos() -> RemoteError {
    RemoteError::new(
        Fault::Denied,
        "the cluster wants Kerberos, and this client is configured without",
    )
    .hint(
        "set HADOOP_CONF_DIR to the cluster's configuration, or give --kerberos-principal and --keytab-path",
    )
}

pub(super) fn no_library() -> RemoteError {
    RemoteError::new(
        Fault::Permanent,
        "the Kerberos library libgssapi_krb5.so.2 is not installed",
    )
    .hint("install it: apt-get install libgssapi-krb5-2, or dnf install krb5-libs")
}

/// What every failure of finding credentials begins with.
const BOILERPLATE: &str =
    "No credentials were supplied, or the credentials were unavailable or inaccessible: ";

/// What the Kerberos library says.
fn kerberos(text: &str) -> RemoteError {
    let first = text.lines().next().unwrap_or_default().trim();
    let first = first.strip_prefix(BOILERPLATE).unwrap_or(first);
    let is = |part: &str| text.contains(part);
    let denied = |hint: &str| RemoteError::new(Fault::Denied, format!("Kerberos: {first}")).hint(hint);
    if is("libgssapi") {
        return no_library();
    }
    if is("Cannot contact any KDC") {
        return denied(
            "is the KDC up, and does the [realms] part of krb5.conf name it? KRB5_CONFIG names the file",
        );
    }
    if is("Cannot find KDC") || is("Cannot determine realm") || is("does not specify default realm") {
        return denied(
            "the realm is not in krb5.conf: is it written right, and does KRB5_CONFIG (or `history.hdfs.kerberos.krb5_config_path`) name the right file?",
        );
    }
    if is("expired") {
        return denied(
            "get a new ticket with kinit, or give --kerberos-principal and --keytab-path, which need none",
        );
    }
    if is("No Kerberos credentials") || is("No credentials cache") || is("NO_CRED") {
        return denied("get a ticket with kinit, or give --kerberos-principal and --keytab-path");
    }
    if is("Client not found in Kerberos database")
        || is("not found in keytab")
        || is("No key table entry")
        || is("keytab contains no suitable keys")
    {
        return denied(
            "is the principal written right, realm included, and is the keytab its own (klist -k FILE)?",
        );
    }
    if is("Server not found in Kerberos database") {
        return denied(
            "the KDC knows no hdfs/HOST for that host: give the name node by the name it has there, and check rdns in krb5.conf",
        );
    }
    if is("Preauthentication failed") || is("Decrypt integrity") || is("password was incorrect") {
        return denied("the keytab's key is not the principal's any more: get a new keytab");
    }
    if is("Clock skew") {
        return denied("the clock of this machine is wrong");
    }
    denied("see klist, and KRB5_TRACE=/dev/stderr for what the Kerberos library does")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rpc(class: &str, message: &str) -> RemoteError {
        explain(&HdfsError::RPCError(class.to_owned(), message.to_owned()))
    }

    #[test]
    fn a_servers_answer_is_one_line_and_no_stack_trace() {
        let error = rpc(
            "org.apache.hadoop.security.AccessControlException",
            "Permission denied: user=alice, access=READ_EXECUTE\n\tat org.apache.Foo.bar(Foo.java:1)\n",
        );
        assert_eq!(
            error.to_string(),
            "Permission denied: user=alice, access=READ_EXECUTE"
        );
        assert_eq!(error.fault(), Fault::Denied);
        assert_eq!(
            rpc("java.io.FileNotFoundException", "File does not exist: /x").fault(),
            Fault::Missing
        );
    }

    #[test]
    fn what_passes_by_itself_is_tried_again() {
        for (class, message) in [
            (
                "org.apache.hadoop.ipc.StandbyException",
                "Operation category READ is not supported in state standby",
            ),
            (
                "org.apache.hadoop.ipc.RetriableException",
                "org.apache.hadoop.hdfs.server.namenode.SafeModeException: Zero blocklocations for /x",
            ),
        ] {
            assert!(rpc(class, message).is_transient(), "{class}");
        }
    }

    #[test]
    fn kerberos_troubles_lead_to_their_cause() {
        let hint = |text: &str| {
            let error = explain(&HdfsError::SASLError(text.to_owned()));
            assert_eq!(error.fault(), Fault::Denied, "{text}");
            error.advice().unwrap().to_owned()
        };
        assert!(hint("Unspecified GSS failure: Ticket expired").contains("kinit"));
        assert!(hint("Cannot contact any KDC for realm 'LAB.TEST'").contains("KDC"));
        assert!(hint("Cannot find KDC for realm \"X\"").contains("krb5.conf"));
        assert!(
            hint("No Kerberos credentials available (default cache: FILE:/tmp/krb5cc_0)")
                .contains("--keytab-path")
        );
        assert!(
            hint(
                "Client 'eve@LAB.TEST' not found in Kerberos database: Client not found in Kerberos database"
            )
            .contains("principal")
        );
        let library = explain(&HdfsError::OperationFailed(
            "Failed to load libgssapi_krb".to_owned(),
        ));
        assert!(library.advice().unwrap().contains("libgssapi-krb5-2"));
        let simple = rpc(
            "org.apache.hadoop.security.AccessControlException",
            "SIMPLE authentication is not enabled.  Available:[TOKEN, KERBEROS]",
        );
        assert!(simple.to_string().contains("wants Kerberos"));
    }

    #[test]
    fn the_dump_of_data_nodes_is_left_out() {
        let error = explain(&HdfsError::DataTransferError(
            "All DataNodes failed: [DatanodeInfoProto { id".to_owned(),
        ));
        assert_eq!(
            error.to_string(),
            "no data node gives a block: All DataNodes failed"
        );
    }
}
