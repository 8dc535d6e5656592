//! One cluster: its configuration, its client, and what to make of its failures.

use std::io;
use std::net::ToSocketAddrs;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hdfs_native::{Client, ClientBuilder, HdfsError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Handle;

use super::configuration::Configuration;
use super::error::{explain, needs_kerberos};
use super::token;
use super::webhdfs::WebHdfs;
use crate::settings::HdfsSettings;
use crate::source::remote::{Endpoint, Fault, Remote, RemoteError, Request};

/// Hadoop's own default.
const NAMENODE_PORT: u16 = 8020;
/// How a client begins that does not authenticate itself; a server that wants it refuses at once.
const SIMPLE_HELLO: [u8; 7] = *b"hrpc\x09\x00\x00";
const HELLO_TIMEOUT: Duration = Duration::from_secs(2);

/// A name node or name service, and how it is called.
#[derive(Debug)]
pub(crate) struct Cluster {
    scheme: &'static str,
    /// With its port, or a name service.
    authority: String,
    settings: HdfsSettings,
    configuration: Configuration,
    /// `host:port` of the name nodes, as far as they are known.
    namenodes: Vec<String>,
    /// For which services there are delegation tokens.
    token_services: Vec<String>,
    pub(super) endpoint: Endpoint,
    pub(super) webhdfs: WebHdfs,
    handle: Handle,
    client: Mutex<Current>,
}

#[derive(Debug, Default)]
struct Current {
    client: Option<Client>,
    /// How often the client was made anew: the order of the name nodes follows it, so that one that is
    /// silent is not asked first again.
    renewed: usize,
}

impl Cluster {
    /// # Errors
    /// When the configuration cannot be used, or there is no name node to ask.
    pub(crate) fn new(
        remote: &Remote,
        settings: HdfsSettings,
        scheme: &'static str,
        authority: &str,
        endpoint: impl FnOnce(String) -> Endpoint,
    ) -> io::Result<Self> {
        let mut configuration = Configuration::load(settings.config_directory.as_deref())?;
        let (scheme, mut authority) = resolve(scheme, authority, &configuration)?;
        let is_service = scheme == "viewfs" || !configuration.namenodes(&authority).is_empty();
        if !is_service && !has_port(&authority) {
            authority = format!("{authority}:{NAMENODE_PORT}");
        }
        let namenodes: Vec<String> = if is_service {
            let services = configuration.namenodes(&authority);
            services.into_iter().map(|(_, address)| address).collect()
        } else {
            vec![authority.clone()]
        };
        let token_services = match &settings.token_file {
            Some(path) => token::services(path)?,
            None => Vec::new(),
        };
        adjust(&mut configuration, &settings, namenodes.len());
        let webhdfs = WebHdfs::new(&settings, &configuration, &authority, &namenodes);
        Ok(Cluster {
            endpoint: endpoint(format!("{scheme}://{authority}")),
            scheme,
            authority,
            namenodes,
            token_services,
            webhdfs,
            handle: remote.handle().clone(),
            configuration,
            settings,
            client: Mutex::default(),
        })
    }

    /// Scheme and authority, with which the path of every log of this cluster begins.
    pub(crate) fn root(&self) -> String {
        format!("{}://{}", self.scheme, self.authority)
    }

    /// The name nodes, `host:port`; none where a mount table decides.
    pub(crate) fn namenodes(&self) -> &[String] {
        &self.namenodes
    }

    /// What settings and configuration come to, in words.
    pub(super) fn described(&self) -> String {
        let who = match (
            &self.settings.principal,
            &self.settings.keytab,
            &self.settings.token_file,
        ) {
            (Some(principal), Some(_), _) => format!("Kerberos as {principal} by keytab"),
            (Some(principal), None, _) => format!("Kerberos as {principal} by ticket"),
            (None, _, Some(_)) => format!("delegation tokens for {}", self.token_services.join(", ")),
            (None, _, None) if self.is_secure() => "Kerberos by ticket".to_owned(),
            (None, _, None) => "without authentication".to_owned(),
        };
        let protection = self
            .configuration
            .get("dfs.data.transfer.protection")
            .unwrap_or("none");
        let from = self.settings.config_directory.as_ref().map_or_else(
            || "no Hadoop configuration".to_owned(),
            |directory| format!("configuration {}", directory.display()),
        );
        let namenodes = match self.namenodes.as_slice() {
            [] => "name nodes of the mount table".to_owned(),
            namenodes => format!("name nodes {}", namenodes.join(", ")),
        };
        format!(
            "{}, {namenodes}, {from}, {who}, data transfer protection {protection}",
            self.root()
        )
    }

    pub(super) fn connect_timeout(&self) -> Duration {
        self.settings.timeouts.connect
    }

    /// Whether the servers want to know who asks.
    pub(crate) fn is_secure(&self) -> bool {
        self.configuration.is_secure()
    }

    /// The client. It is shared by all calls and makes its connections by itself.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(super) fn client(&self) -> Result<Client, RemoteError> {
        let mut current = self.current();
        if let Some(client) = &current.client {
            return Ok(client.clone());
        }
        let client = self.connect(current.renewed).map_err(|error| explain(&error))?;
        current.client = Some(client.clone());
        Ok(client)
    }

    /// The next call gets a new client: a connection that is silent would stay so.
    pub(super) fn renew(&self) {
        let mut current = self.current();
        current.client = None;
        current.renewed += 1;
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.client.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connect(&self, renewed: usize) -> Result<Client, HdfsError> {
        let rotated = |key: &str, value: &str| {
            if !key.starts_with("dfs.ha.namenodes.") {
                return value.to_owned();
            }
            let mut ids: Vec<&str> = value.split(',').map(str::trim).collect();
            let by = renewed % ids.len().max(1);
            ids.rotate_left(by);
            ids.join(",")
        };
        let configuration: Vec<(String, String)> = self
            .configuration
            .iter()
            .map(|(key, value)| (key.clone(), rotated(key, value)))
            .collect();
        let mut builder = ClientBuilder::new()
            .with_url(format!("{}://{}", self.scheme, self.address_of_token()))
            .with_config(configuration)
            .with_io_runtime(self.handle.clone());
        if let (Some(user), false) = (&self.settings.user, self.is_secure()) {
            builder = builder.with_user(user);
        }
        if let Some(principal) = &self.settings.principal {
            builder = builder.with_kerberos_principal(principal);
        }
        if let Some(keytab) = &self.settings.keytab {
            builder = builder.with_kerberos_keytab(keytab.to_string_lossy());
        }
        if let Some(cache) = &self.settings.ticket_cache {
            builder = builder.with_kerberos_cache(format!("FILE:{}", cache.display()));
        }
        builder.build()
    }

    /// The authority, as the delegation token has it: tokens name addresses, and the client compares texts.
    fn address_of_token(&self) -> String {
        if self.token_services.is_empty()
            || !has_port(&self.authority)
            || self.token_services.contains(&self.authority)
        {
            return self.authority.clone();
        }
        let addresses = self.authority.to_socket_addrs().into_iter().flatten();
        let texts = addresses.map(|address| address.to_string());
        texts
            .into_iter()
            .find(|address| self.token_services.contains(address))
            .unwrap_or_else(|| self.authority.clone())
    }

    /// A failure in words, with what this cluster's configuration adds to it.
    pub(super) fn explain(&self, error: &HdfsError) -> RemoteError {
        let explained = explain(error);
        if matches!(error, HdfsError::DataTransferError(_))
            && self.is_secure()
            && self.configuration.get("dfs.data.transfer.protection").is_none()
        {
            return explained.hint("the cluster has Kerberos, so its data nodes may want protected transfer: set `history.hdfs.data_transfer_protection` to the cluster's dfs.data.transfer.protection");
        }
        if let (Some(keytab), Some(principal)) = (&self.settings.keytab, &self.settings.principal)
            && explained.fault() == Fault::Denied
            && explained.to_string().contains("No credentials cache found")
        {
            return RemoteError::new(
                Fault::Denied,
                format!(
                    "Kerberos: with the keytab `{}` nobody can be {principal}",
                    keytab.display()
                ),
            )
            .hint(
                "is the principal written right, realm included, and is the keytab its own (klist -k FILE)?",
            );
        }
        if explained.fault() == Fault::Denied
            && explained.to_string().contains("No Kerberos credentials")
            && !self.token_services.is_empty()
        {
            let services = self.token_services.join(", ");
            return RemoteError::new(
                Fault::Denied,
                format!(
                    "there are delegation tokens for {services}, but none for {}",
                    self.authority
                ),
            )
            .hint("name the name node as the token does, or get a token for this one");
        }
        explained
    }

    /// A call of the client. A name node that breaks off may want Kerberos and cannot say so to this client.
    ///
    /// # Errors
    /// Those of the endpoint and of the call.
    pub(super) async fn call<T, F>(
        self: &Arc<Self>,
        request: Request,
        mut attempt: impl FnMut(Client) -> F,
    ) -> Result<T, RemoteError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, HdfsError>> + Send + 'static,
    {
        let mut is_first = true;
        self.endpoint
            .call(request, || {
                if !std::mem::take(&mut is_first) {
                    self.renew();
                }
                let cluster = Arc::clone(self);
                // Within the call: making a client can panic at a damaged file.
                let called = self.client().map(&mut attempt);
                async move {
                    match called?.await {
                        Ok(done) => Ok(done),
                        Err(error) => Err(cluster.diagnose(&error).await),
                    }
                }
            })
            .await
    }

    async fn diagnose(&self, error: &HdfsError) -> RemoteError {
        if let HdfsError::IOError(cause) = error
            && cause.kind() == io::ErrorKind::ConnectionAborted
            && !self.is_secure()
        {
            for namenode in &self.namenodes {
                if wants_authentication(namenode).await {
                    return needs_kerberos();
                }
            }
        }
        self.explain(error)
    }
}

/// Whether a name node turns away who does not authenticate himself.
pub(super) async fn wants_authentication(namenode: &str) -> bool {
    let ask = async {
        let mut stream = TcpStream::connect(namenode).await.ok()?;
        stream.write_all(&SIMPLE_HELLO).await.ok()?;
        let mut answer = vec![0; 4096];
        let length = stream.read(&mut answer).await.ok()?;
        let text = String::from_utf8_lossy(&answer[..length]).into_owned();
        text.contains("authentication is not enabled").then_some(())
    };
    tokio::time::timeout(HELLO_TIMEOUT, ask)
        .await
        .is_ok_and(|answer| answer.is_some())
}

/// The scheme and authority that a place means.
fn resolve(
    scheme: &'static str,
    authority: &str,
    configuration: &Configuration,
) -> Result<(&'static str, String), RemoteError> {
    if !authority.is_empty() {
        return Ok((scheme, authority.to_owned()));
    }
    let default = configuration.get("fs.defaultFS").unwrap_or_default();
    let found = ["hdfs", "viewfs"].into_iter().find_map(|scheme| {
        let authority = default
            .strip_prefix(scheme)?
            .strip_prefix("://")?
            .trim_end_matches('/');
        (!authority.is_empty()).then(|| (scheme, authority.to_owned()))
    });
    found.ok_or_else(|| {
        RemoteError::new(Fault::Permanent, "no name node is named").hint(
            "write hdfs://HOST:PORT/PATH, give --hdfs-namenode, or set HADOOP_CONF_DIR to a configuration with fs.defaultFS",
        )
    })
}

fn has_port(authority: &str) -> bool {
    authority
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.parse::<u16>().is_ok())
}

/// What our settings change of Hadoop's configuration, and what keeps the client from trying for minutes.
fn adjust(configuration: &mut Configuration, settings: &HdfsSettings, num_namenodes: usize) {
    let proves_itself = settings.principal.is_some() || settings.token_file.is_some();
    if proves_itself {
        configuration.set_default("hadoop.security.authentication", "kerberos");
    }
    if let Some(protection) = settings.data_transfer_protection {
        configuration.set("dfs.data.transfer.protection", protection);
    }
    // Each name node twice; what is beyond is the budget's business. A mount table has several services.
    let failovers = match num_namenodes {
        1 => 0,
        0 => 3,
        number => 2 * number - 1,
    };
    configuration.set("dfs.client.failover.max.attempts", failovers.to_string());
    configuration.set("dfs.client.failover.sleep.base.millis", "100");
    configuration.set("dfs.client.failover.sleep.max.millis", "1000");
    // A frozen data node must cost less than the deadline, so that there is time for the next replica.
    let data_node = (settings.timeouts.read / 2).as_millis().max(1);
    configuration.set("dfs.client.socket-timeout", data_node.to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configuration(values: &[(&str, &str)]) -> Configuration {
        let mut configuration = Configuration::default();
        for (key, value) in values {
            configuration.set(*key, *value);
        }
        configuration
    }

    #[test]
    fn a_place_without_a_name_node_means_the_default_of_hadoop() {
        let viewfs = configuration(&[("fs.defaultFS", "viewfs://cluster/")]);
        assert_eq!(
            resolve("hdfs", "", &viewfs).unwrap(),
            ("viewfs", "cluster".to_owned())
        );
        assert_eq!(
            resolve("hdfs", "nn:1", &viewfs).unwrap(),
            ("hdfs", "nn:1".to_owned())
        );
        let local = configuration(&[("fs.defaultFS", "file:///")]);
        assert_eq!(
            resolve("hdfs", "", &local).unwrap_err().to_string(),
            "no name node is named"
        );
    }

    #[test]
    fn a_port_is_told_from_a_name_service() {
        assert!(has_port("nn:8020") && has_port("[::1]:8020"));
        assert!(!has_port("prod") && !has_port("nn:x"));
    }
}
