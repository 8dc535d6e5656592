//! Answers that were given before. They stay true until another file is published or another hour begins, so
//! they are kept with the open file, by the hour; what is asked again is not computed again, and what is asked fifty times at once is
//! computed once.

use std::future::Future;
use std::sync::Arc;

use moka::future::Cache;

use super::exchange::Answer;
use super::kept::Kept;
use super::problem::Problem;
use crate::query::table::Table;

/// Bodies that are kept, packed and not, in all.
const MOST_BYTES: u64 = 64 << 20;

/// A value of a table takes about so much.
const VALUE_BYTES: usize = 40;

/// What an answer depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// Of the data.
    pub version: String,
    /// The time that it was asked for, as far as it matters.
    pub time: i64,
    pub url: String,
}

/// Answers that were given before.
pub(super) struct Answers {
    cache: Cache<Key, Arc<Kept>>,
}

/// Tables that pages were made of: a page tells the age of the data and is made anew each minute, its figures
/// are not.
pub(super) struct Tables {
    cache: Cache<Key, Arc<Table>>,
}

impl Tables {
    pub(super) fn new() -> Self {
        let weight = |_: &Key, table: &Arc<Table>| {
            let bytes = table.rows.len() * table.columns.len() * VALUE_BYTES + 1000;
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        Tables {
            cache: Cache::builder().max_capacity(MOST_BYTES).weigher(weight).build(),
        }
    }

    /// The table that is kept, else the one that `make` makes.
    pub(super) async fn get(
        &self,
        key: Key,
        make: impl Future<Output = Result<Table, Problem>>,
    ) -> Result<Arc<Table>, Problem> {
        self.cache
            .try_get_with(key, async { make.await.map(Arc::new) })
            .await
            .map_err(|problem: Arc<Problem>| Problem::clone(&problem))
    }
}

impl Answers {
    pub(super) fn new() -> Self {
        let weight =
            |key: &Key, kept: &Arc<Kept>| u32::try_from(key.url.len() + kept.bytes()).unwrap_or(u32::MAX);
        Answers {
            cache: Cache::builder().max_capacity(MOST_BYTES).weigher(weight).build(),
        }
    }

    /// The answer that is kept, else the one that `make` makes: content type and body.
    pub(super) async fn get(
        &self,
        key: Key,
        make: impl Future<Output = Result<(&'static str, Vec<u8>), Problem>>,
    ) -> Result<Answer, Problem> {
        let made = async {
            let (content_type, body) = make.await?;
            tokio::task::spawn_blocking(move || {
                let kept = Kept::new(content_type, body);
                let _ = kept.packed();
                Arc::new(kept)
            })
            .await
            .map_err(|panic| Problem::internal(panic.to_string()))
        };
        let kept = self
            .cache
            .try_get_with(key, made)
            .await
            .map_err(|problem: Arc<Problem>| Problem::clone(&problem))?;
        Ok(Answer::kept(kept))
    }
}
