//! The measured values. A quantity has one value for each round, so that two quantities can be compared round by round.

use std::collections::BTreeMap;

/// Values by the name of their quantity, like `login warm cpu`. They are milliseconds, MiB or counts.
#[derive(Default)]
pub(crate) struct Samples(BTreeMap<String, Vec<f64>>);

/// The median and the quartiles of the values of a quantity.
#[derive(Clone, Copy)]
pub(crate) struct Figure {
    pub median: f64,
    pub low: f64,
    pub high: f64,
    /// The number of values.
    pub count: usize,
}

impl Samples {
    pub(crate) fn add(&mut self, name: &str, value: f64) {
        self.0.entry(name.to_owned()).or_default().push(value);
    }

    /// The figure of a quantity; none when it was not measured.
    pub(crate) fn figure(&self, name: &str) -> Option<Figure> {
        Figure::of(self.0.get(name)?.clone())
    }

    /// The names of the quantities.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The figure of the ratios of two quantities, round by round. The second one is of `samples`.
    pub(crate) fn ratio(&self, of: &str, samples: &Self, to: &str) -> Option<Figure> {
        let pairs = self.0.get(of)?.iter().zip(samples.0.get(to)?);
        Figure::of(pairs.map(|(of, to)| of / to).collect())
    }
}

impl Figure {
    fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let at = |quarter: usize| values.get((values.len().checked_sub(1)? * quarter + 2) / 4).copied();
        Some(Self { median: at(2)?, low: at(1)?, high: at(3)?, count: values.len() })
    }
}

/// The mean CPU time of a request in one round, for each name.
#[derive(Default)]
pub(crate) struct Means(BTreeMap<String, (f64, u32)>);

impl Means {
    pub(crate) fn add(&mut self, name: &str, value: f64) {
        let (sum, count) = self.0.entry(name.to_owned()).or_default();
        *sum += value;
        *count += 1;
    }

    pub(crate) fn each(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0.iter().map(|(name, (sum, count))| (name.as_str(), sum / f64::from(*count)))
    }
}
