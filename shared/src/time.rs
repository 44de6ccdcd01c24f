//! Points in time, lengths of time, and how they are written.
//!
//! The edge reads the clock once for each request and passes the time on as `now`. So tests can set any time without
//! waiting for it.

use std::ops::{Add, Sub};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use ::time::OffsetDateTime;
use ::time::format_description::well_known::Rfc3339;
use serde::{Deserialize, Serialize, Serializer};

/// A point in time: whole seconds since 1970-01-01T00:00:00Z.
///
/// A token's `NumericDate` (RFC 7519, section 2) and DynamoDB's time to live have the same unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The point in time this number of seconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// The current time of the machine's clock. Only the edge may read it.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub fn now() -> Self {
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH);
        Self(elapsed.map_or(0, |elapsed| i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX)))
    }

    /// As RFC 3339 in UTC, for example `2026-11-20T09:00:00Z`. Empty if the year is outside of 0 to 9999.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        let time = OffsetDateTime::from_unix_timestamp(self.0).ok();
        time.and_then(|time| time.format(&Rfc3339).ok()).unwrap_or_default()
    }

    /// The day in UTC, for example `2026-11-20`. Empty if the year is outside of 0 to 9999.
    #[must_use]
    pub fn to_date(self) -> String {
        self.to_rfc3339().split('T').next().unwrap_or_default().to_owned()
    }

    /// The minute in UTC, for people, for example `20 November 2026, 09:00 UTC`. Empty if there is no such year.
    #[must_use]
    pub fn in_words(self) -> String {
        let Ok(time) = OffsetDateTime::from_unix_timestamp(self.0) else { return String::new() };
        let (hour, minute) = (time.hour(), time.minute());
        format!("{} {} {}, {hour:02}:{minute:02} UTC", time.day(), time.month(), time.year())
    }

    /// Parses a time in RFC 3339, or as databases print it: with a space for the `T`, without an offset for UTC, or
    /// with an offset without minutes. Fractions of a second are left out. `None` for a time before 1970.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.split_once(['T', 't', ' ']).unwrap_or((text, "00:00:00"));
        // Some have a space before the offset, and one of them the zone after it.
        let time = time.trim_end_matches(" UTC").replace(' ', "");
        let offset = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
        let (time, offset) = time.split_at_checked(offset)?;
        let offset = match (offset.len(), offset.split_at_checked(3)) {
            (0, _) => "Z".to_owned(),
            (3, _) => format!("{offset}:00"),
            (5, Some((hours, minutes))) => format!("{hours}:{minutes}"),
            _ => offset.to_owned(),
        };
        let parsed = OffsetDateTime::parse(&format!("{date}T{time}{offset}"), &Rfc3339).ok()?;
        Some(Self(parsed.unix_timestamp())).filter(|time| time.0 >= 0)
    }

    /// Parses seconds since 1970-01-01T00:00:00Z: 1 to 12 ASCII digits and nothing else.
    #[must_use]
    pub fn parse_seconds(text: &str) -> Option<Self> {
        let is_number = (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse().ok().map(Self)).flatten()
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn as_seconds(self) -> i64 {
        self.0
    }

    /// As RFC 3339 in UTC, for example `2026-11-20T09:00:00Z`. The function for serde's `serialize_with`.
    ///
    /// # Errors
    /// When the year is outside of 0 to 9999, because RFC 3339 cannot express it.
    pub fn rfc3339<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let time = OffsetDateTime::from_unix_timestamp(self.0).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&time.format(&Rfc3339).map_err(serde::ser::Error::custom)?)
    }
}

impl Add<Seconds> for Timestamp {
    type Output = Self;
    fn add(self, seconds: Seconds) -> Self {
        Self(self.0.saturating_add(seconds.0))
    }
}

impl Sub for Timestamp {
    type Output = Seconds;
    fn sub(self, earlier: Self) -> Seconds {
        Seconds(self.0.saturating_sub(earlier.0))
    }
}

/// Measures a duration. Only the edge may use it.
#[derive(Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts measuring.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that measures durations")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// What is left of a duration since the start. `None` if it is over.
    #[must_use]
    pub fn until(&self, duration: std::time::Duration) -> Option<std::time::Duration> {
        duration.checked_sub(self.0.elapsed())
    }

    /// The milliseconds since the start, with two decimals.
    #[must_use]
    pub fn milliseconds(&self) -> f64 {
        (self.0.elapsed().as_secs_f64() * 1e5).round() / 100.0
    }
}

/// A length of time in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seconds(pub i64);

impl Seconds {
    /// In words, like `30 seconds`, `2 minutes`, `24 hours` or `3 days`. It is rounded up to a whole number of the
    /// largest unit of which it has more than one and a half.
    #[must_use]
    pub fn in_words(self) -> String {
        let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
        let unit = units.into_iter().find(|(seconds, _)| self.0 > seconds + seconds / 2);
        let (seconds, unit) = unit.unwrap_or((1, "second"));
        let number = self.0.saturating_add(seconds - 1) / seconds;
        format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_databases_print_it() {
        let expected = Timestamp::from_seconds(1_700_000_000);
        for text in [
            "2023-11-14T22:13:20Z",
            "2023-11-14t22:13:20.999z",
            "2023-11-14 22:13:20",
            "2023-11-14 22:13:20.123456+00",
            "2023-11-14 23:13:20+0100",
            "2023-11-15T03:43:20+05:30",
            "2023-11-14 22:13:20 UTC",
            "2023-11-14 22:13:20.000 +00:00",
            "2023-11-14 22:13:20 +0000 UTC",
        ] {
            assert_eq!(Timestamp::parse(text), Some(expected), "{text}");
        }
        assert_eq!(Timestamp::parse("2023-11-14"), Some(Timestamp::from_seconds(1_699_920_000)));
        for text in
            ["", "x", "2023-13-14T22:13:20Z", "2023-11-14T25:13:20Z", "1969-12-31T23:59:59Z", "1700000000"]
        {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }
}
