//! `shh sql`: answer one statement of the user, or say what there is to ask.

use std::io::Read;

use anyhow::{Context, Result};

use super::destination::Destination;
use super::query::format;
use crate::cli::SqlArgs;
use crate::error::{Exit, UserError};
use crate::query::table::Table;
use crate::query::{dictionary, own};
use crate::render::render_rows;
use crate::settings::{Question, Settings, SqlSettings};
use crate::store::Limits;
use crate::ui::Ui;

pub(super) fn run(args: &SqlArgs, settings: &Settings, ui: &Ui) -> Result<Exit> {
    let decided = SqlSettings::decide(args, settings)?;
    let destination = Destination::open(decided.output_file.as_deref())?;
    let mut table = match &decided.question {
        Question::Statement(statement) => answer(statement, &decided)?,
        Question::StandardInput => answer(&standard_input()?, &decided)?,
        Question::Tables => dictionary::tables()?,
        Question::Schema(table) => dictionary::columns(table.as_deref())?,
    };
    cut(&mut table, decided.limit);
    let screen = destination.screen(decided.is_wide, ui);
    destination.deliver(ui, |out| render_rows(&table, format(decided.format), screen, out))?;
    Ok(Exit::Done)
}

fn answer(statement: &str, decided: &SqlSettings) -> Result<Table> {
    let bounds = own::Bounds {
        limits: Limits {
            memory_bytes: decided.memory_limit_bytes,
            threads: 2,
        },
        timeout: decided.timeout,
        rows: decided.limit,
    };
    own::answer(&decided.database, statement, bounds)
}

/// A statement is not that long; what is, is something else.
const LONGEST_STATEMENT: u64 = 1 << 20;

fn standard_input() -> Result<String> {
    let mut text = String::new();
    std::io::stdin()
        .take(LONGEST_STATEMENT + 1)
        .read_to_string(&mut text)
        .context("cannot read the statement from standard input")?;
    if text.len() as u64 > LONGEST_STATEMENT {
        return Err(UserError::usage("the statement on standard input is longer than 1 MiB").into());
    }
    Ok(text)
}

fn cut(table: &mut Table, limit: u64) {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if limit > 0 && table.rows.len() > limit {
        table.more_rows = Some(table.rows.len() as u64);
        table.rows.truncate(limit);
    }
}
