//! `[cost]`: what a core-hour and a GiB-hour cost.

use std::str::FromStr;

use anyhow::Result;

use super::section::Section;
use super::{Malformed, When};

/// Prices and how they are applied.
#[derive(Clone, Debug, PartialEq)]
pub struct CostConfig {
    /// A label; nothing is converted.
    pub currency: String,
    pub core_hour: Option<f64>,
    pub gib_hour: Option<f64>,
    /// False where the driver runs outside the cluster, in client mode on edge nodes.
    pub include_driver: bool,
    pub memory_basis: MemoryBasis,
    pub combine: Combine,
    /// Containers are rounded up to a multiple of this; 0 means they are not.
    pub yarn_step_mib: u64,
    /// Shorter lives are billed as if they had lasted so long.
    pub min_billing_s: u64,
    /// The first that matches wins.
    pub rates: Vec<Rate>,
}

/// The memory that is paid for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MemoryBasis {
    #[default]
    Container,
    Heap,
}

/// How the prices of cores and memory make one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Combine {
    #[default]
    Sum,
    /// The dearer of the two: the share of the bottleneck resource.
    Max,
}

/// `[[cost.rate]]`: a factor on the price of some applications, for some time.
#[derive(Clone, Debug, PartialEq)]
pub struct Rate {
    /// Regular expressions; those given must all match.
    pub user: Option<String>,
    pub queue: Option<String>,
    pub app_name: Option<String>,
    pub factor: f64,
    pub from_ms: Option<i64>,
    pub until_ms: Option<i64>,
}

impl CostConfig {
    /// `None` where there is no `[cost]`.
    pub(super) fn read(section: &Section<'_>) -> Result<Option<Self>> {
        let cost = Self {
            currency: section.text("currency")?.unwrap_or_default(),
            core_hour: section.decimal("core_hour")?,
            gib_hour: section.decimal("gib_hour")?,
            include_driver: section.boolean("include_driver")?.unwrap_or(true),
            memory_basis: section
                .one_of(
                    "memory_basis",
                    &[("container", MemoryBasis::Container), ("heap", MemoryBasis::Heap)],
                )?
                .unwrap_or_default(),
            combine: section
                .one_of("combine", &[("sum", Combine::Sum), ("max", Combine::Max)])?
                .unwrap_or_default(),
            yarn_step_mib: section.number("yarn_step_mib", 0, u64::MAX)?.unwrap_or(0),
            min_billing_s: section.number("min_billing_s", 0, u64::MAX)?.unwrap_or(0),
            rates: section.sections("rate", Rate::read)?,
        };
        Ok(section.is_written().then_some(cost))
    }
}

impl Rate {
    fn read(section: &Section<'_>) -> Result<Self> {
        let matching = section.section("match")?;
        let moment = |key| Ok::<_, anyhow::Error>(section.parsed::<Moment>(key)?.map(|moment| moment.ms));
        Ok(Self {
            user: matching.text("user")?,
            queue: matching.text("queue")?,
            app_name: matching.text("app_name")?,
            from_ms: moment("from")?,
            until_ms: moment("until")?,
            factor: section
                .decimal("factor")?
                .ok_or_else(|| section.missing("factor"))?,
        })
    }
}

/// A moment, not how long ago: a price list must not move with the clock.
struct Moment {
    ms: i64,
}

impl FromStr for Moment {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        match text.parse() {
            Ok(When::At(ms)) => Ok(Self { ms }),
            _ => Err(Malformed {
                expected: "a time such as `2026-11-01` or `2026-11-01T10:30:00Z`",
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    #[test]
    fn prices_and_rates() {
        let text = "
            [cost]
            core_hour = 0.04
            gib_hour = 1
            combine = 'max'
            [[cost.rate]]
            match = { queue = 'spot-.*' }
            factor = 0.35
            from = '2026-01-01'";
        let cost = Config::parse("settings.toml", text).unwrap().cost.unwrap();
        assert_eq!(
            (cost.core_hour, cost.gib_hour, cost.combine),
            (Some(0.04), Some(1.0), Combine::Max)
        );
        assert!(cost.include_driver);
        assert_eq!(cost.rates[0].queue.as_deref(), Some("spot-.*"));
        assert_eq!(cost.rates[0].from_ms, Some(1_767_225_600_000));
    }

    #[test]
    fn what_is_wrong_with_prices() {
        let error = |text| Config::parse("settings.toml", text).unwrap_err().to_string();
        assert_eq!(
            error("[[cost.rate]]"),
            "`cost.rate.factor` is missing in settings.toml"
        );
        assert_eq!(
            error("[cost]\ncombine = 'min'"),
            "`cost.combine` in settings.toml, line 2: expected `sum` or `max`, found `min`"
        );
        assert_eq!(
            error("[cost]\ncore_hour = -1"),
            "`cost.core_hour` in settings.toml, line 2: expected a number, 0 or more, found -1"
        );
    }
}
