//! What is refused before anybody looks for an answer: other methods, long URLs, foreign names, strangers.

use axum::http::header::{AUTHORIZATION, HOST, TRANSFER_ENCODING};
use axum::http::{HeaderMap, Method, Uri, Version};

use super::auth::Credentials;
use super::exchange::Answer;
use super::host::AllowedHosts;
use super::limits;
use super::problem::Problem;

/// Whom and what to let in.
pub(super) struct Guard {
    pub hosts: AllowedHosts,
    pub credentials: Option<Credentials>,
}

impl Guard {
    /// The answer, if the request is refused.
    pub(super) fn refuse(
        &self,
        method: &Method,
        uri: &Uri,
        version: Version,
        headers: &HeaderMap,
    ) -> Option<Answer> {
        if method != Method::GET && method != Method::HEAD {
            let problem = Problem::new(405, "Method Not Allowed", "everything here is only read");
            return Some(Answer::from(problem).with("allow", "GET, HEAD"));
        }
        let url_bytes = uri.path().len() + uri.query().map_or(0, |query| query.len() + 1);
        if url_bytes > limits::URL_BYTES {
            let detail = format!("the URL is longer than {} bytes", limits::URL_BYTES);
            return Some(Problem::new(414, "URI Too Long", detail).into());
        }
        let header_bytes: usize = headers
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len())
            .sum();
        if header_bytes > limits::HEAD_BYTES {
            let detail = format!("the header is longer than {} bytes", limits::HEAD_BYTES);
            return Some(Problem::new(431, "Request Header Fields Too Large", detail).into());
        }
        // Nobody who reads sends pieces. Who sends them with a length as well, which hyper passes over, may mean to
        // hide a request from a proxy.
        if headers.contains_key(TRANSFER_ENCODING) {
            let problem = Problem::new(400, "Bad Request", "a request has no body here");
            return Some(Answer::from(problem).with("connection", "close"));
        }
        if let Some(problem) = self.wrong_host(uri, version, headers) {
            return Some(problem.into());
        }
        let credentials = self.credentials.as_ref()?;
        let shown = headers.get(AUTHORIZATION).map(|value| value.as_bytes());
        if shown.is_some_and(|shown| credentials.accept(shown)) {
            return None;
        }
        let problem = Problem::new(401, "Unauthorized", "this server asks for credentials");
        Some(Answer::from(problem).with("www-authenticate", credentials.challenge()))
    }

    fn wrong_host(&self, uri: &Uri, version: Version, headers: &HeaderMap) -> Option<Problem> {
        let bad = |detail: &str| Some(Problem::new(400, "Bad Request", detail));
        let mut hosts = headers.get_all(HOST).iter();
        let host = match (hosts.next(), hosts.next()) {
            (Some(host), None) => host,
            (Some(_), Some(_)) => return bad("there is more than one Host"),
            // Browsers never leave it out; very old and very simple clients do.
            (None, _) if version == Version::HTTP_10 => return None,
            (None, _) => return bad("there is no Host"),
        };
        let Ok(host) = host.to_str() else {
            return bad("Host is no text");
        };
        // `GET http://name/path`: the name in the URL counts, and must be allowed as well.
        let named = uri.authority().map(|authority| authority.as_str());
        let refused = [Some(host), named]
            .into_iter()
            .flatten()
            .find(|name| !self.hosts.allows(name))?;
        Some(
            Problem::new(
                421,
                "Misdirected Request",
                format!("this server is not known as `{}`", refused.escape_default()),
            )
            .hint("allow the name with --allowed-host"),
        )
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn refused(uri: &str, hosts: &[&str]) -> Option<u16> {
        let guard = Guard {
            hosts: AllowedHosts::new("127.0.0.1", &[]),
            credentials: None,
        };
        let headers: HeaderMap = hosts
            .iter()
            .map(|host| (HOST, HeaderValue::from_str(host).unwrap()))
            .collect();
        guard
            .refuse(&Method::GET, &uri.parse().unwrap(), Version::HTTP_11, &headers)
            .map(|answer| answer.status)
    }

    #[test]
    fn one_allowed_host_is_needed() {
        assert_eq!(refused("/", &["localhost:18080"]), None);
        assert_eq!(refused("/", &["evil.example"]), Some(421));
        assert_eq!(refused("/", &[]), Some(400));
        assert_eq!(refused("/", &["localhost", "localhost"]), Some(400));
        assert_eq!(refused("http://evil.example/", &["localhost"]), Some(421));
        assert_eq!(refused("http://localhost/", &["localhost"]), None);
    }

    #[test]
    fn long_urls_are_refused() {
        assert_eq!(
            refused(&format!("/{}", "a".repeat(9000)), &["localhost"]),
            Some(414)
        );
        assert_eq!(
            refused(&format!("/?{}", "a".repeat(9000)), &["localhost"]),
            Some(414)
        );
    }
}
