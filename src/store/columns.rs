//! Rows into the columns that DuckDB takes whole: several times cheaper than value by value.

use std::sync::Arc;

use anyhow::Result;
use duckdb::Connection;
use duckdb::arrow::array::{
    ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use duckdb::arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use duckdb::arrow::record_batch::RecordBatch;

use super::publish::explain_full;
use crate::fold::rows::{Cell, CellKind, Row};

/// Rows of one table on their way into the database.
pub(super) struct Columns {
    table: &'static str,
    names: Vec<&'static str>,
    builders: Vec<Builder>,
    rows: usize,
}

/// Rows handed over at once; DuckDB takes 2048 at a time.
const MOST_ROWS: usize = 8_192;

enum Builder {
    Bool(BooleanBuilder),
    Int(Int64Builder),
    Float(Float64Builder),
    Text(StringBuilder),
    Time(TimestampMicrosecondBuilder),
}

impl Columns {
    /// The columns of a table whose rows begin with the key of their application.
    pub(super) fn keyed<R: Row>() -> Self {
        let mut columns = Columns::of::<R>();
        columns.names.insert(0, "app_key");
        columns.builders.insert(0, Builder::new(CellKind::Int));
        columns
    }

    /// The columns of a table.
    pub(super) fn of<R: Row>() -> Self {
        Columns {
            table: R::TABLE,
            names: R::COLUMNS.to_vec(),
            builders: R::KINDS.iter().map(|kind| Builder::new(*kind)).collect(),
            rows: 0,
        }
    }

    /// Takes in one row; its values are in the order of the columns.
    pub(super) fn push(&mut self, conn: &Connection, cells: &[Cell]) -> Result<()> {
        for (builder, cell) in self.builders.iter_mut().zip(cells) {
            builder.push(*cell);
        }
        self.rows += 1;
        if self.rows >= MOST_ROWS {
            self.flush(conn)
        } else {
            Ok(())
        }
    }

    /// Hands what was taken in over to the database.
    pub(super) fn flush(&mut self, conn: &Connection) -> Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut fields = Vec::with_capacity(self.builders.len());
        let mut arrays = Vec::with_capacity(self.builders.len());
        for (name, builder) in self.names.iter().zip(&mut self.builders) {
            let (data_type, array) = builder.finish();
            fields.push(Field::new(*name, data_type, true));
            arrays.push(array);
        }
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?;
        let mut appender = conn.appender(self.table)?;
        appender.append_record_batch(batch).map_err(explain_full)?;
        appender.flush().map_err(explain_full)?;
        self.rows = 0;
        Ok(())
    }
}

impl Builder {
    fn new(kind: CellKind) -> Self {
        match kind {
            CellKind::Bool => Builder::Bool(BooleanBuilder::new()),
            CellKind::Int => Builder::Int(Int64Builder::new()),
            CellKind::Float => Builder::Float(Float64Builder::new()),
            CellKind::Text => Builder::Text(StringBuilder::new()),
            CellKind::Time => Builder::Time(TimestampMicrosecondBuilder::new()),
        }
    }

    /// A value of another kind than the column's would be a mistake of a row type, which a test finds; it
    /// is written as NULL rather than as something else.
    fn push(&mut self, cell: Cell) {
        match (self, cell) {
            (Builder::Bool(builder), Cell::Bool(value)) => builder.append_value(value),
            (Builder::Bool(builder), _) => builder.append_null(),
            (Builder::Int(builder), Cell::Int(value)) => builder.append_value(value),
            (Builder::Int(builder), _) => builder.append_null(),
            (Builder::Float(builder), Cell::Float(value)) => builder.append_value(value),
            (Builder::Float(builder), _) => builder.append_null(),
            (Builder::Text(builder), Cell::Text(value)) => builder.append_value(value),
            (Builder::Text(builder), _) => builder.append_null(),
            (Builder::Time(builder), Cell::Time(ms)) => builder.append_value(ms.saturating_mul(1000)),
            (Builder::Time(builder), _) => builder.append_null(),
        }
    }

    fn finish(&mut self) -> (DataType, ArrayRef) {
        match self {
            Builder::Bool(builder) => (DataType::Boolean, Arc::new(builder.finish())),
            Builder::Int(builder) => (DataType::Int64, Arc::new(builder.finish())),
            Builder::Float(builder) => (DataType::Float64, Arc::new(builder.finish())),
            Builder::Text(builder) => (DataType::Utf8, Arc::new(builder.finish())),
            Builder::Time(builder) => (
                DataType::Timestamp(TimeUnit::Microsecond, None),
                Arc::new(builder.finish()),
            ),
        }
    }
}
