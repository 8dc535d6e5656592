//! Pictures: lines, stacked areas and timelines, drawn by charts-rs as SVG.
//!
//! It was chosen on the hardest picture, sixty days of hours in six layers: dated ticks where people expect
//! them, compact paths (a third of the bytes of kuva's, and plotters has no dates without another crate), and
//! colors as plain attributes. Those are stand-ins here, replaced by variables of the style sheet, so that one
//! picture is right in light, in dark and on paper, and no inline style is needed under a strict policy.

use charts_rs::{GanttChart, LineChart};
use maud::{Markup, PreEscaped, html};
use serde_json::{Value, json};

use crate::query::table::Unit;

/// One line or layer.
pub(super) struct Series {
    pub name: String,
    pub values: Vec<Option<f64>>,
}

/// A number for each place on the axis, where there is one.
pub(super) type Values = Vec<Option<f64>>;

/// Values over time.
pub(super) struct OverTime {
    /// What it shows; read out, and above the picture.
    pub title: String,
    /// Of the vertical axis, in words: `core-hours per day`.
    pub unit_words: String,
    pub unit: Unit,
    /// Moments as the zone's clocks show them, ms since the epoch.
    pub times: Vec<i64>,
    pub series: Vec<Series>,
    /// Layers on top of each other, not lines.
    pub is_stacked: bool,
    /// A band around the first line.
    pub band: Option<(Values, Values)>,
    /// A value that is marked across the picture.
    pub mark: Option<f64>,
}

/// How wide a picture is on a large screen; on a small one all are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    Whole,
    Half,
}

const LEFT: u32 = 56;
const RIGHT: u32 = 12;
const MOST_SERIES: usize = 8;

impl OverTime {
    fn has_values(&self) -> bool {
        self.times.len() > 1
            && self
                .series
                .iter()
                .any(|series| series.values.iter().any(Option::is_some))
    }

    /// The picture with its heading, legend and values; nothing where there is nothing to draw.
    pub(super) fn figure(&self, size: Size) -> Markup {
        if self.series.is_empty() {
            return html! {};
        }
        if !self.has_values() {
            return html! { p.empty { (self.title) ": there is one moment only. A smaller bucket or a longer window makes a picture." } };
        }
        let width = match size {
            Size::Whole => 1180,
            Size::Half => 576,
        };
        let divisor = self.divisor();
        html! {
            figure.chart data-chart=(self.data(divisor)) {
                figcaption {
                    b { (self.title) }
                    " " span.unit { (self.unit_text(divisor)) }
                }
                @if self.series.len() > 1 { (self.legend()) }
                div.plot.wide { (self.svg(width, 240, divisor)) }
                div.plot.narrow { (self.svg(350, 200, divisor)) }
            }
        }
    }

    fn legend(&self) -> Markup {
        html! {
            ul.legend {
                @for (place, series) in self.series.iter().enumerate() {
                    li { i.swatch.{ "s" (place % MOST_SERIES + 1) } {} (series.name) }
                }
            }
        }
    }

    /// Bytes are counted in what makes short numbers.
    fn divisor(&self) -> (f64, &'static str) {
        let top = self.top();
        match self.unit {
            Unit::Bytes => [
                (1_099_511_627_776.0, "TiB"),
                (1_073_741_824.0, "GiB"),
                (1_048_576.0, "MiB"),
                (1024.0, "KiB"),
            ]
            .into_iter()
            .find(|(size, _)| top >= *size)
            .unwrap_or((1.0, "bytes")),
            Unit::Seconds => [(86_400.0, "days"), (3600.0, "hours"), (60.0, "minutes")]
                .into_iter()
                .find(|(size, _)| top >= 2.0 * size)
                .unwrap_or((1.0, "seconds")),
            _ => (1.0, ""),
        }
    }

    fn unit_text(&self, (_, name): (f64, &'static str)) -> String {
        match name {
            "" => self.unit_words.clone(),
            name if self.unit_words.is_empty() => name.to_owned(),
            name => format!("{name} {}", self.unit_words),
        }
    }

    /// The largest value that is drawn.
    fn top(&self) -> f64 {
        let at = |place: usize| -> f64 {
            let values = self
                .series
                .iter()
                .filter_map(|series| series.values.get(place).copied().flatten());
            if self.is_stacked {
                values.sum()
            } else {
                values.fold(0.0, f64::max)
            }
        };
        let of_band = self
            .band
            .iter()
            .flat_map(|(_, upper)| upper.iter().flatten().copied());
        (0..self.times.len())
            .map(at)
            .chain(of_band)
            .chain(self.mark)
            .fold(0.0, f64::max)
    }

    fn svg(&self, width: u32, height: u32, (divisor, _): (f64, &'static str)) -> Markup {
        let (top, steps) = nice_top(self.top() / divisor);
        let seconds: Vec<i64> = self.times.iter().map(|ms| ms.div_euclid(1000)).collect();
        let scaled = |values: &[Option<f64>]| -> Vec<Option<f64>> {
            values
                .iter()
                .map(|value| value.map(|value| rounded(value / divisor)))
                .collect()
        };
        let span_s = seconds.last().unwrap_or(&0) - seconds.first().unwrap_or(&0);
        let time_format = match span_s {
            ..172_800 => "%H:%M",
            172_800..31_536_000 => "%d %b",
            _ => "%b %Y",
        };
        let list: Vec<Value> = self
            .series
            .iter()
            .enumerate()
            .map(|(place, series)| {
                let mut one = json!({
                    "name": series.name, "data": scaled(&series.values), "symbol": null,
                    "fill": self.is_stacked
                });
                if self.is_stacked {
                    one["stack"] = json!("all");
                }
                if place == 0
                    && let Some((lower, upper)) = &self.band
                {
                    one["band"] = json!({ "lower": scaled(lower), "upper": scaled(upper) });
                }
                if place == 0
                    && let Some(mark) = self.mark
                {
                    one["mark_lines"] = json!([{
                        "category": "value", "value": rounded(mark / divisor), "color": "#020001"
                    }]);
                }
                one
            })
            .collect();
        let colors: Vec<String> = (1..=MOST_SERIES).map(|place| format!("#01000{place}")).collect();
        let document = json!({
            "width": width, "height": height, "compact": true, "legend_show": false,
            "margin": { "left": 4, "top": 8, "right": RIGHT, "bottom": 0 },
            "grid_left": LEFT, "grid_right": RIGHT,
            "x_axis_type": "time", "x_axis_values": seconds, "x_axis_formatter": time_format,
            "x_axis_font_size": 12, "x_axis_font_color": "#020001", "x_axis_stroke_color": "#020002",
            "grid_stroke_color": "#020003",
            "y_axis_configs": [{
                "axis_font_size": 12, "axis_font_color": "#020001", "axis_min": 0, "axis_max": top,
                "axis_split_number": steps, "axis_formatter": "{c}"
            }],
            "series_colors": colors, "series_list": list, "series_fill_opacity": 0.9,
            "series_stroke_width": if self.is_stacked { 0.5 } else { 2.0 }
        });
        drawn(
            LineChart::from_json(&document.to_string()).and_then(|chart| chart.svg()),
            &self.title,
        )
    }

    /// What a script needs to tell the values under the pointer.
    fn data(&self, (divisor, unit): (f64, &'static str)) -> String {
        let series: Vec<Value> = self
            .series
            .iter()
            .map(|series| {
                let values: Vec<Option<f64>> = series
                    .values
                    .iter()
                    .map(|value| value.map(|value| rounded(value / divisor)))
                    .collect();
                json!({ "name": series.name, "values": values })
            })
            .collect();
        let minutes: Vec<i64> = self.times.iter().map(|ms| ms.div_euclid(60_000)).collect();
        let unit = if unit.is_empty() { short(self.unit) } else { unit };
        json!({ "minutes": minutes, "series": series, "unit": unit, "left": LEFT, "right": RIGHT })
            .to_string()
    }
}

fn short(unit: Unit) -> &'static str {
    match unit {
        Unit::CoreHours => "core-h",
        Unit::GibHours => "GiB-h",
        Unit::Percent => "%",
        Unit::Cores => "cores",
        Unit::Gib => "GiB",
        _ => "",
    }
}

/// One bar of a timeline.
pub(super) struct Bar {
    pub name: String,
    pub start_ms: i64,
    pub end_ms: i64,
    /// Which color it has.
    pub color: usize,
}

/// Bars along time, a row each.
pub(super) fn timeline(title: &str, bars: &[Bar]) -> Markup {
    if bars.is_empty() {
        return html! {};
    }
    let from_ms = bars.iter().map(|bar| bar.start_ms).min().unwrap_or(0);
    let until_ms = bars.iter().map(|bar| bar.end_ms).max().unwrap_or(0);
    // What is too short to be seen is drawn as long as can be seen.
    let least_ms = (until_ms.saturating_sub(from_ms) / 300).max(1);
    #[expect(clippy::cast_precision_loss, reason = "a moment to the millisecond fits")]
    let seconds = |ms: i64| ms as f64 / 1000.0;
    let svg = |width: u32| {
        let tasks: Vec<Value> = bars
            .iter()
            .map(|bar| {
                json!({
                    "name": bar.name, "row": bar.name,
                    "start": seconds(bar.start_ms), "end": seconds(bar.end_ms.max(bar.start_ms.saturating_add(least_ms))),
                    "color": format!("#01000{}", bar.color.clamp(1, MOST_SERIES))
                })
            })
            .collect();
        let document = json!({
            "width": width, "height": 40 + 24 * bars.len(), "compact": true, "legend_show": false,
            "margin": { "left": 4, "top": 4, "right": RIGHT, "bottom": 0 },
            "label_show": false, "bar_height": 12, "radius": 2,
            "x_axis_font_size": 12, "x_axis_font_color": "#020001", "x_axis_stroke_color": "#020002",
            "grid_stroke_color": "#020003",
            "y_axis_configs": [{ "axis_font_size": 12, "axis_font_color": "#020001" }],
            "tasks": tasks
        });
        drawn(
            GanttChart::from_json(&document.to_string()).and_then(|chart| chart.svg()),
            title,
        )
    };
    html! {
        figure.chart {
            figcaption { b { (title) } }
            div.plot.wide { (svg(1180)) }
            div.plot.narrow { (svg(350)) }
        }
    }
}

/// The picture with the style sheet's colors. One that cannot be drawn leaves its table to be read.
fn drawn<E>(svg: Result<String, E>, title: &str) -> Markup {
    let Ok(svg) = svg else {
        return html! { p.empty { "This picture cannot be drawn." } };
    };
    let mut svg = svg
        .replace("fill=\"#FFF\"", "fill=\"none\"")
        .replace("fill=\"#FFFFFF\"", "fill=\"none\"")
        .replace(" font-family=\"Roboto\"", "")
        .replace("#020001", "var(--muted)")
        .replace("#020002", "var(--line)")
        .replace("#020003", "var(--grid)");
    for place in 1..=MOST_SERIES {
        svg = svg.replace(&format!("#01000{place}"), &format!("var(--s{place})"));
    }
    let label = html! { (title) }.into_string();
    PreEscaped(svg.replacen("<svg ", &format!("<svg role=\"img\" aria-label=\"{label}\" "), 1))
}

/// A round number above all values, and how many steps lead to it.
fn nice_top(top: f64) -> (f64, u32) {
    if !top.is_finite() || top <= 0.0 {
        return (1.0, 2);
    }
    let raw = top / 4.0;
    let power = 10_f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= raw)
        .unwrap_or(power * 10.0);
    let steps = (top / step).ceil().max(1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "one to five"
    )]
    let count = steps as u32;
    (rounded(step * steps), count)
}

/// Four digits are more than a picture shows.
fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return 0.0;
    }
    let digits = 4.0 - value.abs().log10().ceil();
    let scale = 10_f64.powf(digits.clamp(0.0, 9.0));
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_round_numbers() {
        assert_eq!(nice_top(97.0), (100.0, 4));
        assert_eq!(nice_top(7.3), (8.0, 4));
        assert_eq!(nice_top(0.013), (0.015, 3));
        assert_eq!(nice_top(0.0), (1.0, 2));
        assert_eq!(nice_top(1234.0), (1500.0, 3));
    }

    #[test]
    fn a_picture_has_no_color_and_no_style_of_its_own() {
        let chart = OverTime {
            title: "Use \"of\" <cores>".to_owned(),
            unit_words: "per day".to_owned(),
            unit: Unit::Bytes,
            times: (0..100).map(|hour| hour * 3_600_000).collect(),
            series: (0..3)
                .map(|place| Series {
                    name: format!("series {place}"),
                    values: (0..100).map(|hour| Some(f64::from(hour) * 1e9)).collect(),
                })
                .collect(),
            is_stacked: true,
            band: None,
            mark: None,
        };
        let figure = chart.figure(Size::Whole).into_string();
        let svg = &figure[figure.find("<svg").unwrap()..];
        assert!(figure.contains("GiB per day"), "{figure}");
        for banned in ["style", "#0", "#F", "<script", "<cores>", "Roboto"] {
            assert!(!svg.contains(banned), "{banned}");
        }
        assert!(svg.contains("var(--s3)"));
        assert!(chart.figure(Size::Half).into_string().len() < 60_000);
    }
}
