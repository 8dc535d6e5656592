//! Answers of this API that were given before. They depend on what was published, or on what was replayed, and
//! those of something that still runs on the moment: these are not kept.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;

use super::super::cache::Key;
use super::super::exchange::{Answer, JSON, Request};
use super::super::kept::Kept;
use super::answer::Refused;
use super::now::Now;

/// All bodies that are kept, packed and not.
const MOST_BYTES: u64 = 64 << 20;
/// A longer body would take the place of too many others.
const LONGEST_BYTES: usize = 16 << 20;

/// What nobody asks for any more is often of a file or a replay that is no more.
const IDLE_TIME: Duration = Duration::from_secs(120);

/// Answers that were given before.
pub(super) struct Answers {
    cache: Cache<Key, Arc<Kept>>,
}

/// Why there is an answer that is not kept.
enum Passing {
    Refused(Refused),
    /// True only now, or too long.
    Body(Arc<Kept>),
}

impl Answers {
    pub(super) fn new() -> Self {
        let weight =
            |key: &Key, kept: &Arc<Kept>| u32::try_from(key.url.len() + kept.bytes()).unwrap_or(u32::MAX);
        Answers {
            cache: Cache::builder()
                .max_capacity(MOST_BYTES)
                .weigher(weight)
                .time_to_idle(IDLE_TIME)
                .build(),
        }
    }

    /// The answer that is kept and needs no more work.
    pub(super) fn at_hand(&self, version: String, request: &Request) -> Option<Answer> {
        let kept = self.cache.get(&key(version, request))?;
        (!request.takes_gzip || kept.is_packed()).then(|| Answer::kept(kept))
    }

    /// The answer that is kept, else the one that `make` makes: once, however many ask at the same time.
    pub(super) fn get(
        &self,
        version: String,
        request: &Request,
        now_ms: i64,
        make: impl FnOnce(&Now) -> Result<Vec<u8>, Refused>,
    ) -> Result<Answer, Refused> {
        let key = key(version, request);
        if let Some(kept) = self.cache.get(&key) {
            // Who asks first gets it packed on the way. Whoever comes now is the second: it is worth the work.
            if request.takes_gzip {
                let _ = kept.packed();
            }
            return Ok(Answer::kept(kept));
        }
        let made = self.cache.try_get_with(key, || {
            let now = Now::at(now_ms);
            let body = make(&now).map_err(Passing::Refused)?;
            let is_short = body.len() <= LONGEST_BYTES;
            let kept = Arc::new(Kept::new(JSON, body));
            if now.is_asked_for() || !is_short {
                Err(Passing::Body(kept))
            } else {
                Ok(kept)
            }
        });
        match made {
            Ok(kept) => Ok(Answer::kept(kept)),
            Err(passing) => match &*passing {
                Passing::Body(kept) => Ok(Answer::kept(Arc::clone(kept))),
                Passing::Refused(refused) => Err(refused.clone()),
            },
        }
    }
}

fn key(version: String, request: &Request) -> Key {
    Key {
        version,
        time: 0,
        url: match &request.query {
            Some(query) => format!("{}?{query}", request.path),
            None => request.path.clone(),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Instant;

    use super::super::super::exchange::Body;
    use super::*;

    fn request(query: Option<&str>) -> Request {
        Request {
            path: "/a".to_owned(),
            query: query.map(str::to_owned),
            accept: None,
            takes_gzip: false,
            deadline: Instant::now(),
        }
    }

    /// The bodies of answers to the same request, each of which would be another if it were made anew.
    fn asked(make: impl Fn(&Now, i64) -> Result<Vec<u8>, Refused>) -> Vec<Result<Vec<u8>, Refused>> {
        let answers = Answers::new();
        let made = Cell::new(0);
        let ask = |version: &str, query| {
            made.set(made.get() + 1);
            let answer = answers.get(version.to_owned(), &request(query), 100, |now| {
                make(now, made.get())
            });
            answer.map(|answer| match answer.body {
                Body::Kept(kept) => kept.body.to_vec(),
                _ => panic!("not kept"),
            })
        };
        vec![
            ask("1", None),
            ask("1", None),
            ask("2", None),
            ask("2", Some("x")),
        ]
    }

    #[test]
    fn an_answer_is_made_once_for_a_version_and_url() {
        let bodies = asked(|_, number| Ok(vec![number.try_into().unwrap()]));
        assert_eq!(bodies, [Ok(vec![1]), Ok(vec![1]), Ok(vec![3]), Ok(vec![4])]);
    }

    #[test]
    fn what_depends_on_the_moment_or_is_refused_is_made_again() {
        let bodies = asked(|now, number| Ok(vec![number.try_into().unwrap(), now.ms().try_into().unwrap()]));
        assert_eq!(bodies[..2], [Ok(vec![1, 100]), Ok(vec![2, 100])]);
        let bodies = asked(|_, number| Err(Refused::NotFound(number.to_string())));
        assert_eq!(bodies[1], Err(Refused::NotFound("2".to_owned())));
    }

    #[test]
    fn only_what_needs_no_more_work_is_at_hand() {
        let answers = Answers::new();
        let plain = request(None);
        let packed = Request {
            takes_gzip: true,
            ..request(None)
        };
        let ask = |request: &Request| {
            answers
                .get("1".to_owned(), request, 0, |_| Ok(vec![b' '; 5000]))
                .unwrap()
        };
        assert!(answers.at_hand("1".to_owned(), &plain).is_none());
        let _ = ask(&plain);
        assert!(answers.at_hand("1".to_owned(), &plain).is_some());
        assert!(answers.at_hand("1".to_owned(), &packed).is_none());
        let _ = ask(&packed);
        assert!(answers.at_hand("1".to_owned(), &packed).is_some());
        assert!(answers.at_hand("2".to_owned(), &packed).is_none());
    }
}
