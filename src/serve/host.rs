//! Under which names the server may be reached.
//!
//! A page of a stranger can point a name of its own at 127.0.0.1 and then read what is served there, because
//! to the browser both are one origin (DNS rebinding). It cannot make the browser send another Host than
//! that name, so names that nobody allowed are refused. An IP address in Host needs no list: there is no
//! name to point elsewhere.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The names that are allowed, in lower case, without ports.
#[derive(Debug, Clone)]
pub(super) struct AllowedHosts {
    names: Vec<String>,
}

impl AllowedHosts {
    /// `listens_on` is what `--host` says.
    pub(super) fn new(listens_on: &str, allowed: &[String]) -> Self {
        let mut names = vec!["localhost".to_owned(), listens_on.to_ascii_lowercase()];
        names.extend(allowed.iter().cloned());
        AllowedHosts { names }
    }

    /// Whether `host`, with or without a port, is allowed.
    pub(super) fn allows(&self, host: &str) -> bool {
        let Some(name) = name_of(host) else { return false };
        let name = name.to_ascii_lowercase();
        if is_address(&name) {
            return true;
        }
        let name = name.strip_suffix('.').unwrap_or(&name);
        self.names.iter().any(|allowed| match allowed.strip_prefix('.') {
            _ if allowed == "*" => true,
            Some(parent) => name
                .strip_suffix(parent)
                .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
            None => name == allowed,
        })
    }
}

/// What stands before the port; `None` where that is no port.
fn name_of(host: &str) -> Option<&str> {
    let (name, port) = match host.rfind(']') {
        Some(end) => host.split_at(end + 1),
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let is_port = |port: &str| port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit());
    let is_sound = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
    (is_sound && !name.is_empty()).then_some(name)
}

fn is_address(name: &str) -> bool {
    let in_brackets = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match in_brackets {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => name.parse::<Ipv4Addr>().is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(allowed: &[&str]) -> AllowedHosts {
        let allowed: Vec<String> = allowed.iter().map(|&name| name.to_owned()).collect();
        AllowedHosts::new("shh.internal", &allowed)
    }

    #[test]
    fn this_machine_and_addresses_are_allowed() {
        let hosts = hosts(&[]);
        for host in [
            "localhost",
            "LOCALHOST:18080",
            "localhost.",
            "127.0.0.1:1",
            "10.1.2.3",
            "[::1]:18080",
            "[2001:db8::1]",
            "shh.internal:80",
        ] {
            assert!(hosts.allows(host), "{host}");
        }
    }

    #[test]
    fn other_names_and_what_only_looks_right_are_not() {
        let hosts = hosts(&[]);
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "localhost:80@evil.example",
            "localhost:8a",
            "localhost:123456",
            "[::1].evil",
            "[evil]",
            "::1",
            "localhost ",
            ":80",
        ] {
            assert!(!hosts.allows(host), "{host}");
        }
    }

    #[test]
    fn names_may_be_allowed_one_by_one_by_suffix_or_all() {
        assert!(hosts(&["a.example"]).allows("A.example:443"));
        assert!(!hosts(&["a.example"]).allows("b.a.example"));
        assert!(hosts(&[".example"]).allows("b.a.example"));
        for host in ["example", ".example", "xexample", "aexample.b"] {
            assert!(!hosts(&[".example"]).allows(host), "{host}");
        }
        assert!(hosts(&["*"]).allows("anything.at.all"));
    }
}
