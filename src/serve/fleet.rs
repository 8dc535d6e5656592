//! The figures of the fleet that a monitor gets: those of `shh report summary`. They are asked for every few
//! seconds and change with the data only.

use std::sync::Arc;

use super::analytics::{Asking, query, table};
use super::asked::{self, Rows};
use super::database::Instance;
use super::problem::Problem;
use super::site::Site;
use crate::query::Kind;
use crate::query::table::Table;

pub(super) async fn summary(site: &Site, instance: &Arc<Instance>) -> Result<Arc<Table>, Problem> {
    let asking = Asking::now(site, instance);
    let query = query(Kind::Report, "summary")?;
    let decided = asked::decide(&query, &[], Rows { usual: 1, most: 1 }, &asking.settings)?;
    let asked = table(site, &asking.instance, query, decided);
    instance.tables.get(asking.key("fleet".to_owned()), asked).await
}
