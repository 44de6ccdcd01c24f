//! The most that a day can cost: a flood fills every throttle of the template.

use local::template::Template;

use crate::cost::{TRANSFER_GB, WORK};

/// The size of the largest page, which the tests assert, with its headers.
const PAGE_KB: f64 = 7.5;
const SECONDS_OF_DAY: f64 = 86_400.0;

/// Prints what a day costs in which every route gets what its throttle lets through.
pub(super) fn print(template: &Template, totals: [f64; WORK.len()]) {
    println!("\nUS dollars of a day in which a flood fills every throttle of the template:\n");
    println!("| route | requests a second | a day |");
    println!("|---|---|---|");
    let rows = ceiling(template, totals);
    for (route, rate, dollars) in &rows {
        println!("| `{route}` | {rate} | {dollars:.0} |");
    }
    println!("| all | | {:.0} |", rows.iter().map(|(_, _, dollars)| dollars).sum::<f64>());
}

/// Each route of the template with its throttle and the US dollars of a day at that throttle. `totals` are the US
/// dollars of a million of each of [`WORK`]. A route that is none of them costs what the profile does, and one with
/// several kinds of requests costs the dearest. Each response is as large as the largest page.
fn ceiling(template: &Template, totals: [f64; WORK.len()]) -> Vec<(String, u32, f64)> {
    let transfer = PAGE_KB * TRANSFER_GB;
    let total = |key: &str| {
        let of = |key: &str| {
            let own = WORK.iter().zip(totals).filter(|(work, _)| work.route() == key);
            own.map(|(_, total)| total).max_by(f64::total_cmp)
        };
        of(key).or_else(|| of("GET /profile")).unwrap_or_default()
    };
    let keys =
        template.functions().into_iter().flat_map(|function| function.route_keys().collect::<Vec<_>>());
    keys.map(|key| {
        let rate = template.throttle(&key).unwrap_or_default();
        let millions = f64::from(rate) * SECONDS_OF_DAY / 1e6;
        let dollars = millions * (total(&key) + transfer);
        (key, rate, dollars)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::Work;

    /// The figure of docs/operating.md follows from its own table of a million requests and from the template.
    #[test]
    fn the_documented_ceiling_of_a_day_is_that_of_the_template() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
        let read = |file: &str| std::fs::read_to_string(format!("{root}/{file}")).unwrap();
        let (document, template) = (read("docs/operating.md"), read("template.yaml"));
        let totals = WORK.map(|Work { name, .. }| {
            let row = document.lines().find(|line| line.starts_with(&format!("| {name} | "))).unwrap();
            row.trim_end_matches(" |").rsplit(' ').next().unwrap().parse().unwrap()
        });
        let rows = ceiling(&Template::parse(&template).unwrap(), totals);
        let sum = rows.iter().map(|(_, _, dollars)| dollars).sum::<f64>();
        let flowing = document.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flowing.contains(&format!("about {sum:.0} dollars a day")), "{sum:.0}: {rows:?}");
    }
}
