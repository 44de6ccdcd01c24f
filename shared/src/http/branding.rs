//! How the application presents itself on the pages: its name, its accent colour and its logo.
//!
//! An operator sets them, and they stand in HTML and in CSS. So each is read into a form that can hold nothing else, and the
//! colours that are made of the accent can be read on every page, whatever the accent is.

use std::fmt;

use data_encoding::BASE64;
use validator::{ValidateLength, ValidateNonControlCharacter};

use crate::config::{ConfigError, Environment};

/// The most code points of the name.
const NAME_MAX_LENGTH: u64 = 50;
/// The most characters of the logo: all variables of a Lambda function have 4 KB.
const LOGO_MAX_LENGTH: usize = 2_048;
/// The contrast that text needs (WCAG 2.2, 1.4.3).
const READABLE: f64 = 4.5;

/// Name, accent colour and logo of the application.
#[derive(Debug, Clone)]
pub struct Branding {
    /// What the application is called.
    pub name: String,
    /// The colour of its buttons and links.
    pub accent: Color,
    /// Its logo, as a `data:` URL.
    pub logo: Option<String>,
}

impl Branding {
    /// `APPLICATION_NAME`, `ACCENT_COLOR`, `LOGO`: what the pages show of the application.
    ///
    /// # Errors
    /// When one is not a line of text, a colour or a small image.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        let name = parse_name(environment.get("APPLICATION_NAME").unwrap_or("Latchkey"));
        let accent = Color::parse(environment.get("ACCENT_COLOR").unwrap_or("#2b50c8"));
        let logo = environment.get("LOGO").map(|logo| {
            let expected = "must be a data: URL of an SVG, PNG or WebP in base64, of at most 2048 characters";
            parse_logo(logo).ok_or_else(|| ConfigError::new("LOGO", expected))
        });
        Ok(Self {
            name: name.ok_or_else(|| {
                ConfigError::new("APPLICATION_NAME", "must be one line of 1 to 50 characters")
            })?,
            accent: accent
                .ok_or_else(|| ConfigError::new("ACCENT_COLOR", "must be a colour like #2b50c8"))?,
            logo: logo.transpose()?,
        })
    }
}

/// Reads the name of the application. None when it is blank, too long or has control characters in it.
#[must_use]
pub fn parse_name(text: &str) -> Option<String> {
    let text = text.trim();
    let is_name =
        text.validate_length(Some(1), Some(NAME_MAX_LENGTH), None) && text.validate_non_control_character();
    is_name.then(|| text.to_owned())
}

/// Reads a logo: a small image as a `data:` URL in base64. As an image, an SVG runs no script and loads nothing.
#[must_use]
pub fn parse_logo(text: &str) -> Option<String> {
    let (media_type, data) = text.strip_prefix("data:")?.split_once(";base64,")?;
    let is_image = ["image/svg+xml", "image/png", "image/webp"].contains(&media_type);
    let is_data =
        text.len() <= LOGO_MAX_LENGTH && BASE64.decode(data.as_bytes()).is_ok_and(|data| !data.is_empty());
    (is_image && is_data).then(|| text.to_owned())
}

/// A colour of sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color([u8; 3]);

impl Color {
    /// White.
    pub const WHITE: Self = Self([255; 3]);
    /// Black.
    pub const BLACK: Self = Self([0; 3]);

    /// The colour of these parts of red, green and blue.
    #[must_use]
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue])
    }

    /// Reads `#rrggbb`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        let digits = digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then_some(digits)?;
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        Some(Self::new(red, green, blue))
    }

    /// How well one colour can be read on the other: 1 to 21 (WCAG 2.2, "contrast ratio").
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance() + 0.05, other.luminance() + 0.05);
        if one > other { one / other } else { other / one }
    }

    /// Whether the two can hardly be told apart.
    #[must_use]
    pub fn is_near(self, other: Self) -> bool {
        let differences = self.0.iter().zip(other.0).map(|(ours, theirs)| u32::from(ours.abs_diff(theirs)));
        differences.sum::<u32>() < 96
    }

    /// Black or white, whichever can be read better on this colour; never with less contrast than 4.5.
    #[must_use]
    pub fn text(self) -> Self {
        if self.contrast(Self::WHITE) >= self.contrast(Self::BLACK) { Self::WHITE } else { Self::BLACK }
    }

    /// This colour, as light or dark as it must be to be read on a background; never with less contrast than 4.5.
    #[must_use]
    pub fn readable_on(self, background: Self) -> Self {
        let mut mixtures = (0..=u8::MAX).map(|share| self.mixed_with(background.text(), share));
        mixtures.find(|color| color.contrast(background) >= READABLE).unwrap_or_else(|| background.text())
    }

    /// The mixture with so many 255ths of another colour.
    fn mixed_with(self, Self([red, green, blue]): Self, share: u8) -> Self {
        let mix = |ours: u8, theirs: u8| {
            let (ours, theirs, share) = (i32::from(ours), i32::from(theirs), i32::from(share));
            u8::try_from(ours + (theirs - ours) * share / 255).unwrap_or_default()
        };
        let Self([our_red, our_green, our_blue]) = self;
        Self([mix(our_red, red), mix(our_green, green), mix(our_blue, blue)])
    }

    /// WCAG 2.2, "relative luminance".
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl fmt::Display for Color {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(formatter, "#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_six_hexadecimal_digits_and_nothing_else() {
        assert_eq!(Color::parse("#2b50C8"), Some(Color::new(0x2b, 0x50, 0xc8)));
        assert_eq!(Color::parse("#2b50C8").unwrap().to_string(), "#2b50c8");
        for text in [
            "",
            "#",
            "#fff",
            "2b50c8",
            "red",
            "#2b50c8 ",
            "#2b50c",
            "#2b50c88",
            "#+b50c8",
            "#-00001",
            "#2b50cg",
            "#fff;}",
            "rgb(0,0,0)",
            "#éé0",
            "#\u{0}12345",
            "#2b50c8;background:url(//evil.example)",
        ] {
            assert_eq!(Color::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        let close = |one: f64, other: f64| (one - other).abs() < 0.005;
        assert!(close(Color::WHITE.contrast(Color::BLACK), 21.0));
        assert!(close(Color::BLACK.contrast(Color::BLACK), 1.0));
        // The grey that the W3C's own examples call the lightest with which white can be read.
        assert!(close(Color::WHITE.contrast(Color::parse("#767676").unwrap()), 4.54));
    }

    #[test]
    fn every_accent_can_be_read_on_its_background_and_be_written_on() {
        let parts = (0..=255).step_by(15);
        let mut tried = 0;
        for (red, green, blue) in parts.clone().flat_map(|red| {
            let parts = parts.clone();
            parts.clone().flat_map(move |green| parts.clone().map(move |blue| (red, green, blue)))
        }) {
            let accent = Color::new(red, green, blue);
            assert!(accent.contrast(accent.text()) >= READABLE, "text on {accent}");
            for background in [Color::WHITE, Color::BLACK, Color::new(0x16, 0x16, 0x1a)] {
                let readable = accent.readable_on(background);
                assert!(readable.contrast(background) >= READABLE, "{accent} on {background}: {readable}");
            }
            tried += 1;
        }
        assert_eq!(tried, 18 * 18 * 18);
        assert!(Color::new(0x11, 0x11, 0x11).is_near(Color::BLACK) && Color::WHITE.is_near(Color::WHITE));
        assert!(!Color::new(0xff, 0xee, 0).is_near(Color::WHITE), "a yellow is a yellow");
        let blue = Color::new(0x2b, 0x50, 0xc8);
        assert_eq!(blue.readable_on(Color::WHITE), blue, "what can be read stays as it is");
    }

    #[test]
    fn a_name_is_one_line_that_can_be_seen() {
        assert_eq!(parse_name(" Acme & Söhne <GmbH> "), Some("Acme & Söhne <GmbH>".to_owned()));
        for text in ["", "  ", "a\nb", "a\0", &"x".repeat(51)] {
            assert_eq!(parse_name(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_logo_is_an_image_in_base64_and_nothing_else() {
        let logo = "data:image/svg+xml;base64,PHN2Zy8+";
        assert_eq!(parse_logo(logo).as_deref(), Some(logo));
        assert!(parse_logo("data:image/png;base64,AAAA").is_some());
        for text in [
            "",
            "data:image/svg+xml;base64,",
            "data:image/svg+xml,<svg/>",
            "data:text/html;base64,PHN2Zy8+",
            "data:image/svg+xml;charset=utf-8;base64,PHN2Zy8+",
            "data:image/svg+xml;base64,PHN2Zy8+\"><script>",
            "data:image/svg+xml;base64,PHN2Zy8",
            "https://evil.example/logo.png",
            "javascript:alert(1)",
        ] {
            assert_eq!(parse_logo(text), None, "{text:?}");
        }
        let longest = |bytes: usize| format!("data:image/png;base64,{}", BASE64.encode(&vec![7; bytes]));
        assert!(parse_logo(&longest(1_518)).is_some() && parse_logo(&longest(1_521)).is_none());
    }
}
