//! The block that is being written, through WebHDFS: the RPC client cannot see it. Only where nobody has to
//! prove who he is, and only where a name node answers over plain HTTP.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::{Buf, Bytes};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::header::{HOST, LOCATION};
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::configuration::Configuration;
use crate::settings::HdfsSettings;
use crate::source::remote::{Fault, RemoteError};

/// Hadoop's own default.
const HTTP_PORT: u16 = 9870;
/// Pieces that wait to be decoded.
const PIECES: usize = 8;
const MOST_REDIRECTS: usize = 3;

/// The HTTP servers of a cluster's name nodes.
#[derive(Debug)]
pub(crate) struct WebHdfs {
    /// `host:port`; none where servers want to know who asks.
    servers: Vec<String>,
    user: Option<String>,
    patience: Duration,
    /// None of them has answered: no file asks again.
    is_away: AtomicBool,
}

impl WebHdfs {
    pub(super) fn new(
        settings: &HdfsSettings,
        configuration: &Configuration,
        authority: &str,
        namenodes: &[String],
    ) -> Self {
        let configured = |key: String| configuration.get(&key).map(str::to_owned);
        let servers: Vec<String> = if configuration.is_secure() {
            Vec::new()
        } else if let Some(url) = &settings.webhdfs_url {
            let url = url.strip_prefix("http://").unwrap_or(url);
            vec![url.trim_end_matches('/').to_owned()]
        } else {
            let ids = configuration.namenodes(authority);
            let of_ids = ids
                .iter()
                .filter_map(|(id, _)| configured(format!("dfs.namenode.http-address.{authority}.{id}")));
            let of_ids: Vec<String> = of_ids.collect();
            let single = configured("dfs.namenode.http-address".to_owned());
            let usual = |namenode: &String| {
                let (host, _) = namenode.rsplit_once(':')?;
                Some(format!("{host}:{HTTP_PORT}"))
            };
            match (of_ids.is_empty(), single) {
                (false, _) => of_ids,
                (true, Some(single)) => vec![single],
                (true, None) => namenodes.iter().filter_map(usual).collect(),
            }
        };
        WebHdfs {
            servers,
            user: settings.user.clone(),
            patience: settings.timeouts.connect.min(settings.timeouts.read),
            is_away: AtomicBool::new(false),
        }
    }

    /// What of a file lies from `offset` on; `None` where that cannot be seen this way.
    pub(super) async fn tail(&self, handle: &Handle, path: &str, offset: u64) -> Option<Tail> {
        if self.is_away.load(Ordering::Relaxed) {
            return None;
        }
        let mut has_answered = false;
        for server in &self.servers {
            let user = self
                .user
                .as_ref()
                .map(|user| format!("&user.name={}", encoded(user)));
            let target = format!(
                "http://{server}/webhdfs/v1{}?op=OPEN&offset={offset}{}",
                encoded(path),
                user.unwrap_or_default()
            );
            match follow(target, self.patience).await {
                Ok(answer) if answer.status().is_success() => {
                    return Some(Tail::start(handle, answer, self.patience));
                }
                // Such as a standby; or there is nothing behind `offset`.
                Ok(_) => has_answered = true,
                Err(_) => {}
            }
        }
        self.is_away.store(!has_answered, Ordering::Relaxed);
        None
    }
}

/// Asks, and asks where the answer says: a name node sends on to a data node.
async fn follow(mut target: String, patience: Duration) -> io::Result<Response<Incoming>> {
    for _ in 0..=MOST_REDIRECTS {
        let answer = tokio::time::timeout(patience, get(&target))
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        let next = answer.headers().get(LOCATION).and_then(|next| next.to_str().ok());
        match next {
            Some(next) if answer.status().is_redirection() => target = next.to_owned(),
            _ => return Ok(answer),
        }
    }
    Err(io::Error::other("too many redirects"))
}

async fn get(target: &str) -> io::Result<Response<Incoming>> {
    let uri: Uri = target.parse().map_err(io::Error::other)?;
    let host = uri.host().unwrap_or_default().to_owned();
    let stream = TcpStream::connect((host.as_str(), uri.port_u16().unwrap_or(80))).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(io::Error::other)?;
    // Ends when the answer has been read or dropped.
    tokio::spawn(connection);
    let authority = uri.authority().map(ToString::to_string).unwrap_or_default();
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::get(path)
        .header(HOST, authority)
        .body(Empty::<Bytes>::new())
        .map_err(io::Error::other)?;
    sender.send_request(request).await.map_err(io::Error::other)
}

/// Letters, digits and what needs no encoding in a path; everything else as `%XX`.
fn encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
            (byte as char).to_string()
        }
        other => format!("%{other:02X}"),
    };
    text.bytes().map(encode).collect()
}

/// The rest of a file as it arrives.
pub(super) struct Tail {
    handle: Handle,
    pieces: mpsc::Receiver<Result<Bytes, RemoteError>>,
    current: Bytes,
}

impl Tail {
    fn start(handle: &Handle, answer: Response<Incoming>, patience: Duration) -> Self {
        let (sender, pieces) = mpsc::channel(PIECES);
        handle.spawn(async move {
            let mut body = answer.into_body();
            loop {
                let failure = |text: String| Err(RemoteError::new(Fault::Unseen, text));
                let piece = match tokio::time::timeout(patience, body.frame()).await {
                    Ok(None) => return,
                    Ok(Some(Ok(frame))) => match frame.into_data() {
                        Ok(bytes) => Ok(bytes),
                        Err(_) => continue,
                    },
                    Ok(Some(Err(error))) => failure(format!("WebHDFS broke off: {error}")),
                    Err(_) => failure("WebHDFS stopped in the middle of an answer".to_owned()),
                };
                let is_end = piece.is_err();
                if sender.send(piece).await.is_err() || is_end {
                    return;
                }
            }
        });
        Tail {
            handle: handle.clone(),
            pieces,
            current: Bytes::new(),
        }
    }
}

impl Read for Tail {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() {
            match self.handle.block_on(self.pieces.recv()) {
                None => return Ok(0),
                Some(piece) => self.current = piece?,
            }
        }
        let num = buffer.len().min(self.current.len());
        self.current.copy_to_slice(&mut buffer[..num]);
        Ok(num)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_encoded_for_a_request_line() {
        assert_eq!(encoded("/a b/ü?#.zstd"), "/a%20b/%C3%BC%3F%23.zstd");
    }
}
