//! The figures of the fleet that a monitor gets: those of `shh report summary`.

use std::sync::Mutex;

use super::analytics::{Asking, query, table};
use super::asked::{self, Rows};
use super::cache::Key;
use super::database::lock;
use super::problem::Problem;
use super::site::Site;
use crate::query::Kind;
use crate::query::table::Table;

/// The figures that were told last: they are asked for every few seconds and change with the data only.
#[derive(Default)]
pub(super) struct Fleet {
    last: Mutex<Option<(Key, Table)>>,
}

impl Fleet {
    pub(super) async fn summary(&self, site: &Site) -> Result<Table, Problem> {
        let asking = Asking::now(site);
        let key = asking.key(String::new());
        if let Some((known, table)) = lock(&self.last).as_ref()
            && *known == key
        {
            return Ok(table.clone());
        }
        let query = query(Kind::Report, "summary")?;
        let decided = asked::decide(&query, &[], Rows { usual: 1, most: 1 }, &asking.settings)?;
        let found = table(site, &asking.instance, query, decided).await?;
        *lock(&self.last) = Some((key, found.clone()));
        Ok(found)
    }
}
